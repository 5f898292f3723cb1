import type { PoolClient } from 'pg';
import { database, inTransaction } from '../database/database';
import { oneOf } from '../database/kit/where';
import { consumers, type BoundConsumer } from './consumers';
import { observeDispatched } from './event.metrics';
import { eventRows, toEvent, type EventRow } from './event.store';
import type { DomainEvent } from './event.types';
import { matchesTypes } from './types';

const BATCH = 500;

/** Gives each consumer due rows for the recorded events that it wants, until none is left; how many events. */
export async function dispatchRecorded(signal?: AbortSignal): Promise<number> {
  let total = 0;
  while (!signal?.aborted) {
    const { taken, told } = await dispatchBatch();
    total += taken;
    for (const { consumer, due } of told) {
      await due.wake();
      observeDispatched(consumer.name, 1);
    }
    if (taken < BATCH) break;
  }
  return total;
}

interface Dispatched {
  taken: number;
  told: readonly BoundConsumer[];
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
  const told: BoundConsumer[] = [];
  for (const bound of consumers()) {
    const wanted = await wantedBy(bound, events);
    if (!wanted.length) continue;
    await bound.due.put(
      wanted.map(({ id, tenant }) => ({ key: id, tenant, payload: { event_id: id } })),
      client ? { client } : {},
    );
    told.push(bound);
  }
  const table = client ? eventRows.on(client) : eventRows;
  await table.update({ id: oneOf(rows.map(({ id }) => id)), state: 'recorded' }, { state: 'dispatched' });
  return { taken: rows.length, told };
}

async function wantedBy({ consumer }: BoundConsumer, events: readonly DomainEvent[]): Promise<readonly DomainEvent[]> {
  const fitting = events.filter(({ type }) => matchesTypes(consumer.types, type));
  return fitting.length && consumer.wants ? consumer.wants(fitting) : fitting;
}
