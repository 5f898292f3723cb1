import type { AppError } from '../errors';

type Callback = (error: Error | undefined, client?: PooledClient, release?: (error?: Error) => void) => void;

interface PooledClient {
  on(event: 'error', listener: () => void): unknown;
  connection: { stream: { destroy(): void } };
  release(): void;
}

/** What our pool and Parse Server's have in common; each has its own copy of the driver. */
export interface GatedPool {
  connect: unknown;
  on(event: 'connect' | 'remove', listener: (client: never) => void): unknown;
}

/** A pool that can be told that its database does not answer. */
export class PoolGate {
  private readonly clients = new Set<PooledClient>();
  private readonly waiting = new Set<(error: Error) => void>();

  constructor(
    pool: GatedPool,
    private readonly refusal: () => AppError | undefined,
  ) {
    pool.on('connect', (client: PooledClient) => {
      this.clients.add(client);
      // Its statement fails, and that is enough: without a listener the end of a connection in use ends the process.
      client.on('error', () => undefined);
    });
    pool.on('remove', (client: PooledClient) => this.clients.delete(client));
    const connect = (pool.connect as (callback: Callback) => void).bind(pool);
    const gated = (callback: Callback): void => this.connect(connect, callback);
    // Pool.query comes through here as well.
    pool.connect = (callback?: Callback) =>
      callback
        ? gated(callback)
        : new Promise((resolve, reject) => gated((error, client) => (error ? reject(error) : resolve(client))));
  }

  /** Ends what runs and what waits; who comes later asks `refusal`. */
  cut(error: Error): void {
    for (const fail of [...this.waiting]) fail(error);
    // The driver has no way to give up a statement but its connection.
    for (const client of [...this.clients]) client.connection.stream.destroy();
  }

  private connect(connect: (callback: Callback) => void, callback: Callback): void {
    const refused = this.refusal();
    if (refused) return process.nextTick(callback, refused);
    const fail = (error: Error): void => {
      this.waiting.delete(fail);
      callback(error);
    };
    this.waiting.add(fail);
    connect((error, client, release) => {
      // Told that there is none, he is gone.
      if (!this.waiting.delete(fail)) return void client?.release();
      callback(error, client, release);
    });
  }
}
