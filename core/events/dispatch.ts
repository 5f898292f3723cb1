import type { PoolClient } from 'pg';
import { database, inTransaction } from '../database/database';
import { oneOf } from '../database/kit/where';
import type { NewDueRow } from '../due/due.types';
import { log } from '../log';
import { consumers, type BoundConsumer } from './consumers';
import { observeDispatched } from './event.metrics';
import { eventRows, toEvent, type EventRow } from './event.store';
import type { DomainEvent } from './event.types';
import { matchesTypes } from './types';
import { wantedOf } from './wants';

const BATCH = 500;
/** How long a consumer that could not say what it wants is not asked again: each time might cost its limit. */
const SILENT_MS = 10_000;

const silentUntil = new Map<string, number>();

/** Gives each consumer due rows for the recorded events that it wants, until none is left; how many events. */
export async function dispatchRecorded(signal?: AbortSignal): Promise<number> {
  let total = 0;
  while (!signal?.aborted) {
    const { taken, told } = await dispatchBatch();
    total += taken;
    for (const { bound, count } of told) {
      await bound.due.wake();
      observeDispatched(bound.consumer.name, count);
    }
    if (taken < BATCH) break;
  }
  return total;
}

interface Dispatched {
  taken: number;
  told: readonly { bound: BoundConsumer; count: number }[];
}

/**
 * PostgreSQL: the due rows and the mark that they are there are one transaction, and another process takes other
 * events meanwhile. MongoDB: first the rows, whose keys are unique, then the mark.
 */
async function dispatchBatch(): Promise<Dispatched> {
  const db = database();
  if (db.kind === 'mongo') {
    const rows = await eventRows.list({ state: 'recorded' }, { order: [['seq', 'asc']], limit: BATCH });
    return handOut(rows);
  }
  return inTransaction(db.pool, async (client) => {
    const { rows } = await client.query<EventRow>(
      `select * from app.event where state = 'recorded' order by seq limit $1 for update skip locked`,
      [BATCH],
    );
    return handOut(
      rows.map((row) => ({ ...row, seq: Number(row.seq) })),
      client,
    );
  });
}

async function handOut(rows: readonly EventRow[], client?: PoolClient): Promise<Dispatched> {
  if (!rows.length) return { taken: 0, told: [] };
  const events = rows.map(toEvent);
  const asked = await Promise.all(consumers().map(async (bound) => ({ bound, rows: await dueFor(bound, events) })));
  const told = asked.filter((one) => one.rows.length);
  for (const { bound, rows: due } of told) await bound.due.put(due, client ? { client } : {});
  const table = client ? eventRows.on(client) : eventRows;
  await table.update({ id: oneOf(rows.map(({ id }) => id)), state: 'recorded' }, { state: 'dispatched' });
  return { taken: rows.length, told: told.map(({ bound, rows: due }) => ({ bound, count: due.length })) };
}

/** Rows for what the consumer wants. One that cannot say it holds up no other: its rows ask again when their turn comes. */
async function dueFor({ consumer }: BoundConsumer, events: readonly DomainEvent[]): Promise<NewDueRow[]> {
  const fitting = events.filter(({ type }) => matchesTypes(consumer.types, type));
  const rowsOf = (some: readonly DomainEvent[], more: { asks?: true } = {}): NewDueRow[] =>
    some.map(({ id, tenant }) => ({ key: id, tenant, payload: { event_id: id, ...more } }));
  if ((silentUntil.get(consumer.name) ?? 0) > Date.now()) return rowsOf(fitting, { asks: true });
  try {
    return rowsOf(await wantedOf(consumer, fitting));
  } catch (error) {
    silentUntil.set(consumer.name, Date.now() + SILENT_MS);
    log().warn({ err: error, consumer: consumer.name }, 'A consumer of events could not say which it wants.');
    return rowsOf(fitting, { asks: true });
  }
}
