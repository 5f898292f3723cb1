import type { Config } from '../../config';
import { openPostgresTransport } from './live-transport.postgres';
import { openRedisTransport } from './live-transport.redis';

/** Carries texts to all processes of this deployment, the sender included, in the order of sending. */
export interface LiveTransport {
  /** Lost while there is no connection. */
  send(text: string): void;
  isUp(): boolean;
  close(): Promise<void>;
}

export interface TransportEvents {
  onText(text: string): void;
  /** Each time a connection stands, the first included. */
  onUp(): void;
}

export type OpenTransport = (events: TransportEvents) => Promise<LiveTransport>;

/** Redis where it is configured, else the PostgreSQL that everything is in. */
export function liveTransport(settings: Config): OpenTransport {
  return settings.redis
    ? (events) => openRedisTransport(settings, events)
    : (events) => openPostgresTransport(settings.database.uri, events);
}
