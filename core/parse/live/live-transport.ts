import type { Config } from '../../config';
import { openPostgresTransport } from './live-transport.postgres';
import { openRedisTransport } from './live-transport.redis';
import type { OpenTransport } from './live-transport.types';

/** Redis where it is configured, else the PostgreSQL that everything is in. */
export function liveTransport(settings: Config): OpenTransport {
  return settings.redis
    ? (events) => openRedisTransport(settings, events)
    : (events) => openPostgresTransport(settings.database.uri, events);
}
