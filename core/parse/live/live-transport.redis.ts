import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';
import type { Config } from '../../config';
import { log } from '../../log';
import type { LiveTransport, TransportEvents } from './live-transport.types';

/** Publishing and subscribing need a connection each. */
export async function openRedisTransport(settings: Config, events: TransportEvents): Promise<LiveTransport> {
  const url = settings.redis!.cacheUrl;
  const channel = channelOf(settings);
  const publisher = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 0 });
  const subscriber = new Redis(url, { maxRetriesPerRequest: null });
  let isDown = false;
  for (const client of [publisher, subscriber]) {
    client.on('error', (error) => {
      if (!isDown) log().warn({ err: error }, 'Redis is away; live changes of other processes are not told.');
      isDown = true;
    });
  }
  const upIfBoth = (): void => {
    if (publisher.status !== 'ready' || subscriber.status !== 'ready') return;
    isDown = false;
    events.onUp();
  };
  publisher.on('ready', upIfBoth);
  subscriber.on('ready', () => void subscriber.subscribe(channel).then(upIfBoth, () => undefined));
  subscriber.on('message', (_channel, text) => events.onText(text));
  return {
    send: (text) => void publisher.publish(channel, text).catch(() => undefined),
    isUp: () => publisher.status === 'ready' && subscriber.status === 'ready',
    close: async () => {
      // After what waits to be sent.
      await publisher.quit().catch(() => undefined);
      publisher.disconnect();
      subscriber.disconnect();
    },
  };
}

/**
 * Redis knows no databases for channels, and several deployments may share one: theirs differ by
 * the database number or by what all processes of one deployment, and no other, have in common.
 */
function channelOf({ parseAppId, parseMasterKey, database, redis }: Config): string {
  const name = new URL(database.uri).pathname;
  const parts = [parseAppId, parseMasterKey, name, new URL(redis!.cacheUrl).pathname];
  return `appbackend:live:${createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, 22)}`;
}
