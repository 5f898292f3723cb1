import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { database } from '../../../core/database/database';
import { systemClock } from '../../../core/clock';
import type { Ctx } from '../../../core/context';
import { Pump, type PumpOptions } from '../../../core/due/pump';
import type { PumpedTable } from '../../../core/due/due.types';

/** A pump without a queue: what the job `due.<name>` runs. */
export function testPump(table: PumpedTable, options: Partial<PumpOptions> = {}): Pump {
  const ctx: Ctx = {
    actor: { kind: 'system', name: 'test' },
    tenantId: undefined,
    requestId: randomUUID(),
    ip: '',
    door: 'job',
    clock: systemClock,
    log: pino({ level: 'silent' }),
    fresh: false,
  };
  return new Pump(table, ctx, {
    signal: new AbortController().signal,
    turnMs: 60_000,
    onFull: () => Promise.resolve(),
    ...options,
  });
}

/** Effects of rows, with their keys: one that happened twice counts twice. */
export async function createEffects(): Promise<void> {
  const db = database();
  if (db.kind === 'postgres')
    await db.pool.query('create table if not exists app.due_test_effect (key text primary key, times int not null)');
}

export async function effect(key: string): Promise<void> {
  const db = database();
  if (db.kind === 'postgres')
    await db.pool.query(
      `insert into app.due_test_effect as e (key, times) values ($1, 1) on conflict (key) do update set times = e.times + 1`,
      [key],
    );
  else
    await db.db
      .collection<{ _id: string; times: number }>('app_due_test_effect')
      .updateOne({ _id: key }, { $inc: { times: 1 } }, { upsert: true });
}

/** Of keys that begin so: how many had an effect, and how many effects came twice. */
export async function effects(prefix: string): Promise<{ keys: number; repeated: number }> {
  const db = database();
  if (db.kind === 'postgres') {
    const { rows } = await db.pool.query<{ keys: number; repeated: number }>(
      `select count(*)::int as keys, coalesce(sum(times - 1), 0)::int as repeated from app.due_test_effect
       where starts_with(key, $1)`,
      [prefix],
    );
    return rows[0]!;
  }
  const rows = await db.db
    .collection<{ _id: string; times: number }>('app_due_test_effect')
    .find({ _id: { $gte: prefix, $lt: `${prefix}\uffff` } })
    .toArray();
  return { keys: rows.length, repeated: rows.reduce((sum, { times }) => sum + times - 1, 0) };
}
