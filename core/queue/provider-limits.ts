import { Redis } from 'ioredis';
import type { Pool } from 'pg';
import { RateLimiterPostgres, RateLimiterRedis, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import type { Feature } from '../feature';
import type { ProviderLimit } from '../job';
import { log } from '../log';
import type { TableDefinition } from '../schema/table-definition';

/** Where tokens are counted, so that all workers count together; as rate-limiter-flexible wants it. */
export const providerLimitTable: TableDefinition = {
  name: 'provider_limit',
  postgres: [
    `create table if not exists app.provider_limit (
       key varchar(255) primary key, points integer not null default 0, expire bigint)`,
  ],
  mongo: [],
};

/** Redis where there is one; MongoDB never comes without it. */
export type TokenStore = { kind: 'redis'; url: string } | { kind: 'postgres'; pool: Pool };

const STORE_AWAY_MS = 5000;

/** The limits that features declare, each by the name of its provider. @throws when two declare one */
export function collectLimits(features: readonly Feature[]): ReadonlyMap<string, ProviderLimit> {
  const limits = new Map<string, ProviderLimit>();
  for (const limit of features.flatMap((feature) => feature.limits ?? [])) {
    if (limits.has(limit.provider)) throw new Error(`Two features limit the provider "${limit.provider}".`);
    limits.set(limit.provider, limit);
  }
  return limits;
}

interface Bucket {
  max: number;
  perMs: number;
  limiter: RateLimiterAbstract;
}

/** Counts what is sent to providers, over all worker processes. */
export class ProviderLimits {
  private readonly redis: Redis | undefined;
  private readonly buckets = new Map<string, Bucket>();

  constructor(limits: ReadonlyMap<string, ProviderLimit>, store: TokenStore) {
    const rates = [...limits.values()].flatMap(({ provider, rate }) => {
      const set = rate();
      return set ? [{ provider, ...set }] : [];
    });
    if (store.kind === 'redis' && rates.length) this.redis = openRedis(store.url);
    for (const { provider, max, perMs } of rates) {
      const options = { keyPrefix: 'provider', points: max, duration: perMs / 1000 };
      const limiter =
        store.kind === 'postgres'
          ? new RateLimiterPostgres({
              ...options,
              storeClient: store.pool,
              storeType: 'pool',
              schemaName: 'app',
              tableName: providerLimitTable.name,
              tableCreated: true,
              clearExpiredByTimeout: false,
            })
          : new RateLimiterRedis({ ...options, storeClient: this.redis });
      this.buckets.set(provider, { max, perMs, limiter });
    }
  }

  /**
   * Takes a token. @returns 0 when it was there, else for how long to wait, milliseconds: whoever finds none is given
   * the window that his place in the line falls into, so that a long line is not asked again every window.
   */
  async take(provider: string): Promise<number> {
    const bucket = this.buckets.get(provider);
    if (!bucket) return 0;
    try {
      await bucket.limiter.consume(provider, 1);
      return 0;
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) {
        log().warn({ err: refused, provider }, 'A provider’s limit cannot be asked; its jobs wait.');
        return STORE_AWAY_MS;
      }
      const place = Math.max(0, refused.consumedPoints - bucket.max - 1);
      return Math.max(1, refused.msBeforeNext) + Math.floor(place / bucket.max) * bucket.perMs;
    }
  }

  close(): void {
    this.redis?.disconnect();
  }
}

function openRedis(url: string): Redis {
  const client = new Redis(url, {
    maxRetriesPerRequest: 0,
    commandTimeout: 1000,
    retryStrategy: (times) => Math.min(times * 50, 2000),
  });
  // Its state is asked for where it matters; without a listener ioredis would log each failure.
  client.on('error', () => undefined);
  return client;
}
