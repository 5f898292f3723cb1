import { z } from 'zod';
import { defineDueTable } from '../due/due-table';
import type { DueTable } from '../due/due-table';
import type { Consumer } from './event.types';
import { consume } from './consume';

/** `asks`: nobody could say yet whether the consumer wants it. */
const duePayload = z.strictObject({ event_id: z.string(), asks: z.literal(true).optional() });

/** A consumer and the due table of its events: one each, so that none holds up another. */
export interface BoundConsumer {
  consumer: Consumer;
  due: DueTable<typeof duePayload>;
}

const NAME = /^[a-z][a-z0-9_]{0,19}$/;
const BATCH = 50;
const TIMEOUT_MS = 30_000;
/** Beyond the time of a call: the questions around it. */
const GRACE_MS = 15_000;

const bound = new Map<string, BoundConsumer>();

/** Once, at boot. @throws Error for a wrong or taken name */
export function collectConsumers(features: readonly { consumers?: readonly Consumer[] }[]): void {
  bound.clear();
  for (const consumer of features.flatMap(({ consumers }) => consumers ?? [])) addConsumer(consumer);
}

/** Also a host application's own, before the process listens. @throws Error for a wrong or taken name */
export function addConsumer(consumer: Consumer): void {
  const { name, types } = consumer;
  if (!NAME.test(name)) throw new Error(`"${name}" is no name for a consumer of events.`);
  if (bound.has(name)) throw new Error(`Two consumers of events are called "${name}".`);
  if (!types.length) throw new Error(`The consumer "${name}" names no types.`);
  bound.set(name, { consumer, due: tableOf(consumer) });
}

export function consumers(): readonly BoundConsumer[] {
  return [...bound.values()];
}

function tableOf(consumer: Consumer): BoundConsumer['due'] {
  const { name, queue = 'events', timeoutMs = TIMEOUT_MS, attempts, backoffMs, concurrency, pumps } = consumer;
  const { size } = typeof consumer.handler === 'function' ? { size: BATCH } : consumer.handler;
  return defineDueTable({
    name: `event_${name}`,
    queue,
    payload: duePayload,
    // Twice: within a batch events of one subject come one after the other.
    timeoutMs: 2 * timeoutMs + GRACE_MS,
    handler: { size, run: (ctx, rows, { signal }) => consume(ctx, { ...consumer, timeoutMs }, rows, signal) },
    concurrency: concurrency ?? 10 * size,
    ...(attempts === undefined ? {} : { classes: { normal: { attempts } } }),
    ...(backoffMs === undefined ? {} : { backoffMs }),
    ...(pumps === undefined ? {} : { pumps }),
  });
}
