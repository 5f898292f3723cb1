import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { createServer as createRawServer, type AddressInfo, type Socket } from 'node:net';

interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export type Answering = (response: ServerResponse, got: Received) => void;

/** A receiver on this machine. */
export interface Sink {
  url: string;
  received: Received[];
  /** Requests that wait for their answer now, and most of them at once. */
  open: number;
  mostOpen: number;
  connections: number;
  close(): Promise<void>;
}

/** A receiver that speaks HTTP; it answers 204 unless told otherwise. */
export async function openSink(answer: Answering = (response) => response.writeHead(204).end()): Promise<Sink> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    sink.open += 1;
    sink.mostOpen = Math.max(sink.mostOpen, sink.open);
    response.on('close', () => (sink.open -= 1));
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const got = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(parts).toString() };
      sink.received.push(got);
      answer(response, got);
    });
  });
  const sink: Sink = { url: '', received: [], open: 0, mostOpen: 0, connections: 0, close: () => closed };
  server.on('connection', () => (sink.connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  sink.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let closed: Promise<void>;
  sink.close = () => {
    closed = new Promise((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    return closed;
  };
  return sink;
}

/** A receiver that does with the bytes what it likes: called with each connection's first ones. */
export async function openRawSink(
  act: (socket: Socket) => void,
): Promise<{ url: string; sockets: Set<Socket>; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createRawServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.once('data', () => act(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        sockets.forEach((socket) => socket.destroy());
      }),
  };
}
