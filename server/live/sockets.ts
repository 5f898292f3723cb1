import type http from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';
import { addressBucket, clientAddress } from '../../core/auth/client-address';

/** Bytes of one message: a subscription with thousands of ids fits. The library's own limit, 100 MB, is for files. */
const MAX_MESSAGE_BYTES = 256 * 1024;
/** What waits for a client that does not read; he may connect again and ask for what he missed. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** Many people may sit behind one address. */
const MAX_PER_ADDRESS = 500;
const TRY_AGAIN_LATER = 1013;

const addresses = new WeakMap<WebSocket, string>();

export function addressOf(socket: WebSocket): string {
  return addresses.get(socket) ?? '';
}

/** As Parse Server's own adapter, which has no limits. Parse assigns the three handlers. */
export class LimitedSockets {
  onListen!: () => void;
  onConnection!: (socket: unknown) => void;
  onError!: (error: Error) => void;
  private readonly perAddress = new Map<string, number>();

  constructor(private readonly options: { server: http.Server }) {}

  start(): void {
    const sockets = new WebSocketServer({ server: this.options.server, maxPayload: MAX_MESSAGE_BYTES });
    sockets.on('listening', this.onListen);
    sockets.on('connection', (socket, request) => this.accept(socket, clientAddress(request)));
    sockets.on('error', this.onError);
  }

  /** The HTTP server ends the connections. */
  close(): void {}

  private accept(socket: WebSocket, address: string): void {
    const key = addressBucket(address);
    const count = (this.perAddress.get(key) ?? 0) + 1;
    this.perAddress.set(key, count);
    socket.once('close', () => {
      const left = this.perAddress.get(key)! - 1;
      if (left) this.perAddress.set(key, left);
      else this.perAddress.delete(key);
    });
    if (count > MAX_PER_ADDRESS) {
      socket.on('error', () => undefined);
      socket.close(TRY_AGAIN_LATER, 'Too many connections from this address.');
      return;
    }
    addresses.set(socket, address);
    dropSlowReaders(socket);
    this.onConnection(socket);
  }
}

function dropSlowReaders(socket: WebSocket): void {
  const send = socket.send.bind(socket) as (data: string) => void;
  socket.send = (data: string): void => {
    if (socket.bufferedAmount > MAX_WAITING_BYTES) socket.terminate();
    else if (socket.readyState === socket.OPEN) send(data);
  };
}
