import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { database } from '../../../core/database/database';
import { collectConsumers, consumers } from '../../../core/events/consumers';
import { dispatchRecorded } from '../../../core/events/dispatch';
import { eventTable } from '../../../core/events/event.tables';
import { defineEventType, type Consumer, type DomainEvent, type NewEvent } from '../../../core/events/event.types';
import { hintsDone } from '../../../core/events/hints';
import { recordEvents } from '../../../core/events/record';
import { collectEventSources } from '../../../core/events/sources';
import { collectEventTypes } from '../../../core/events/types';
import { applyTables } from '../../../core/parse/indexes';
import { setQueue } from '../../../core/queue';
import { openStore } from '../../analytics/support/store';
import { testPump } from '../../due/support/pumps';
import { states } from '../../due/support/table';
import { waitFor } from '../../harness/app';

const payload = z.strictObject({ n: z.number(), name: z.string().optional() });

/** A database with the tables of events alone, and no process but the test's own that works on them. */
export async function openEvents(): Promise<() => Promise<void>> {
  const { close } = await openStore();
  setQueue({ add: () => Promise.resolve(), addMany: () => Promise.resolve() });
  const types = ['counted', 'other'].map((name) =>
    defineEventType({ name, summary: 'It was.', subject: 'Thing', payload, personal: ['name'], example: { n: 1 } }),
  );
  collectEventTypes([{ eventTypes: types }]);
  collectEventSources([]);
  await applyTables(database(), [], [eventTable]);
  return async () => {
    await hintsDone();
    collectConsumers([]);
    setQueue(undefined);
    await close();
  };
}

/** From now on these listen, and no others. */
export async function listen(...list: Consumer[]): Promise<void> {
  await hintsDone();
  collectConsumers([{ consumers: list }]);
  await applyTables(
    database(),
    [],
    consumers().map(({ due }) => due.table),
  );
}

export const uniqueConsumer = (): string => `c${randomUUID().replaceAll('-', '').slice(0, 12)}`;

export function newEvent(n: number, values: Partial<NewEvent> = {}): NewEvent {
  const subject = { className: 'Thing', id: randomUUID() };
  return { key: randomUUID(), type: 'counted', tenant: 't1', subject, payload: { n }, ...values };
}

/** Of one subject, in their order. */
export async function recordSubject(id: string, count: number): Promise<DomainEvent[]> {
  const subject = { className: 'Thing', id };
  const recorded: DomainEvent[] = [];
  for (let n = 0; n < count; n += 1) recorded.push(...(await recordEvents([newEvent(n, { subject })])));
  return recorded;
}

/** What a worker does, until the consumer has as many rows in the state. */
export async function workUntil(name: string, expected: Record<string, number>): Promise<void> {
  const due = dueOf(name);
  await waitFor(
    async () => {
      await dispatchRecorded();
      await testPump(due).run();
      const found = await states(due);
      if (JSON.stringify(found) === JSON.stringify(expected)) return true;
      throw new Error(JSON.stringify(found));
    },
    { timeoutMs: 60_000, everyMs: 20 },
  );
}

export function dueOf(name: string): ReturnType<typeof consumers>[number]['due'] {
  return consumers().find(({ consumer }) => consumer.name === name)!.due;
}
