import { Redis } from 'ioredis';
import { config } from '../../core/config';
import { database } from '../../core/database/database';

const REMEMBER_MS = 1000;
const DEADLINE_MS = 2000;

/** Answers of probes are remembered for a second: a flood of health checks is no load. */
export const isDatabaseUp = remembered(askDatabase);

/** Without Redis the cache is this process's memory, which is there. */
export const isCacheUp = remembered(askCache);

/** @throws when the database does not answer */
export async function askDatabase(): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') await db.pool.query('select 1');
  else await db.db.command({ ping: 1 });
}

/** @throws when Redis does not answer; never without Redis */
export async function askCache(): Promise<void> {
  const redis = config().redis;
  if (!redis) return;
  client ??= connect(redis.cacheUrl);
  await client.ping();
}

let client: Redis | undefined;

export function closeProbes(): void {
  client?.disconnect();
  client = undefined;
}

function connect(url: string): Redis {
  const made = new Redis(url, { maxRetriesPerRequest: 1, retryStrategy: (times) => Math.min(times * 50, 2000) });
  // Its state is asked for, not listened to; without a listener ioredis would log each failure.
  made.on('error', () => undefined);
  return made;
}

function remembered(probe: () => Promise<void>): () => Promise<boolean> {
  let last: { at: number; value: Promise<boolean> } | undefined;
  return () => {
    if (!last || Date.now() - last.at > REMEMBER_MS) last = { at: Date.now(), value: succeeds(probe) };
    return last.value;
  };
}

async function succeeds(probe: () => Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), DEADLINE_MS);
  });
  const answer = probe().then(
    () => true,
    () => false,
  );
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
