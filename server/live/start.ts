import type http from 'node:http';
import { config } from '../../core/config';
import type { LiveHub } from '../../core/parse/live/live-hub';
import { GuardedLiveQuery } from './live-query-server';
import { LimitedSockets } from './sockets';

/** Answers WebSocket upgrades on the server's own port. */
export function startLiveQuery(server: http.Server, hub: LiveHub): GuardedLiveQuery {
  const { parseAppId, parseMasterKey, ownOrigin, parseMount } = config();
  return new GuardedLiveQuery(
    server,
    {
      appId: parseAppId,
      masterKey: parseMasterKey,
      serverURL: `${ownOrigin}${parseMount}`,
      logLevel: 'error',
      wssAdapter: LimitedSockets,
    },
    hub,
  );
}
