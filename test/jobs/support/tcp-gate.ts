import { once } from 'node:events';
import net from 'node:net';

export interface TcpGate {
  port: number;
  /** `closed`: refuses and cuts connections. `frozen`: accepts, and passes nothing on. */
  set(state: 'open' | 'closed' | 'frozen'): Promise<void>;
  stop(): Promise<void>;
}

/** A door in front of a server that other tests use too: its outages are this test's alone. */
export async function openGate(target: { host: string; port: number }): Promise<TcpGate> {
  const sockets = new Set<net.Socket>();
  let isFrozen = false;
  const server = net.createServer((client) => {
    const upstream = net.connect(target);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (bytes) => isFrozen || upstream.write(bytes));
    upstream.on('data', (bytes) => isFrozen || client.write(bytes));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    port,
    set: async (state) => {
      isFrozen = state === 'frozen';
      // What a frozen connection has swallowed is gone: it cannot go on after the thaw.
      if (state !== 'frozen') for (const socket of sockets) socket.destroy();
      if (state === 'closed') await close();
      else if (!server.listening) {
        server.listen(port, '127.0.0.1');
        await once(server, 'listening');
      }
    },
    stop: close,
  };
}
