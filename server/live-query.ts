import type http from 'node:http';
import ParseServerModule from 'parse-server';
import { WebSocketServer } from 'ws';
import { config } from '../core/config';
import type { LiveQueryServer } from '../core/parse/boot';

/** Bytes of one message: a subscription with thousands of ids fits. The library's own limit, 100 MB, is for files. */
const MAX_MESSAGE_BYTES = 256 * 1024;

type StartLiveQuery = (server: http.Server, config: object, options: object) => Promise<LiveQueryServer>;

/** Answers WebSocket upgrades on the server's own port. */
export async function startLiveQuery(server: http.Server): Promise<LiveQueryServer> {
  const { createLiveQueryServer } = ParseServerModule as unknown as { createLiveQueryServer: StartLiveQuery };
  const { parseAppId, parseMasterKey, port, parseMount } = config();
  return createLiveQueryServer(
    server,
    {
      appId: parseAppId,
      masterKey: parseMasterKey,
      serverURL: `http://127.0.0.1:${port}${parseMount}`,
      logLevel: 'error',
      wssAdapter: LimitedSockets,
    },
    {},
  );
}

/** As Parse Server's own adapter, which has no setting for the limit. Parse assigns the three handlers. */
class LimitedSockets {
  onListen!: () => void;
  onConnection!: (socket: unknown) => void;
  onError!: (error: Error) => void;

  constructor(private readonly options: { server: http.Server }) {}

  start(): void {
    const sockets = new WebSocketServer({ server: this.options.server, maxPayload: MAX_MESSAGE_BYTES });
    sockets.on('listening', this.onListen);
    sockets.on('connection', this.onConnection);
    sockets.on('error', this.onError);
  }

  /** The HTTP server ends the connections. */
  close(): void {}
}
