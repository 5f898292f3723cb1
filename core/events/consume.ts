import type { Ctx } from '../context';
import { JOB_CLASSES } from '../job';
import { GiveUpError, PostponeError } from '../queue/outcomes';
import type { HandledRow } from '../due/due.types';
import { blockedBy } from './blocked.store';
import { observeConsumed } from './event.metrics';
import { findEvents } from './event.store';
import type { Consumer, ConsumerRun, DomainEvent } from './event.types';
import { asError, withinLimit } from './time-limit';
import { wantedOf } from './wants';

type Row = HandledRow<{ event_id: string; asks?: true | undefined }>;
type Answer = Error | undefined;
type Timed = Consumer & { timeoutMs: number };

/** How long an event waits before it asks again whether the one before it is done: a tenth of its age. */
const WAIT_MS = { least: 250, most: 5000 };

/**
 * Hands a batch of due rows to their consumer. Events of a subject come one after the other, in their order, and none
 * before an earlier one that is still open: one that failed and is tried again keeps the later ones of its subject.
 */
export async function consume(
  ctx: Ctx,
  consumer: Timed,
  rows: readonly Row[],
  signal: AbortSignal,
): Promise<readonly Answer[]> {
  const events = new Map((await findEvents(rows.map(({ payload }) => payload.event_id))).map((one) => [one.id, one]));
  const blocked = await blockedBy(consumer.name, [...events.values()]);
  const answers = new Map<string, Answer>();
  const run = async (list: readonly DomainEvent[]): Promise<void> => {
    for (const [id, answer] of await call(ctx, consumer, list, { rows, signal })) answers.set(id, answer);
  };
  const open = [...events.values()].filter(({ id }) => !blocked.has(id));
  for (const [id, answer] of await unwanted(consumer, rows, open)) answers.set(id, answer);
  // The first of each subject together, then the second of those whose first went well. What is not begun in time is
  // left to the next batch: one that lasts beyond its limit is undone as a whole.
  let waves = subjects(open.filter(({ id }) => !answers.has(id) || answers.get(id)))
    .map((list) => list.slice(0, list.findIndex(({ id }) => answers.has(id)) >>> 0))
    .filter((list) => list.length);
  for (const until = Date.now() + consumer.timeoutMs; waves.length && Date.now() < until && !signal.aborted;) {
    await run(waves.map(([first]) => first!));
    waves = waves
      .filter(([first]) => answers.get(first!.id) === undefined)
      .map((list) => list.slice(1))
      .filter((list) => list.length);
  }
  return rows.map(({ payload: { event_id: id } }) => {
    if (!events.has(id)) {
      observeConsumed(consumer.name, 'gone');
      return new GiveUpError('The event is not kept any more.');
    }
    if (answers.has(id)) return answers.get(id);
    observeConsumed(consumer.name, 'waited');
    const ageMs = Date.now() - events.get(id)!.recordedAt.getTime();
    return new PostponeError(Math.max(WAIT_MS.least, Math.min(WAIT_MS.most, ageMs / 10)));
  });
}

/** Answers for the events of which nobody knew, when they were dispatched, whether the consumer wants them. */
async function unwanted(
  consumer: Timed,
  rows: readonly Row[],
  events: readonly DomainEvent[],
): Promise<[id: string, answer: Answer][]> {
  const unsure = new Set(rows.flatMap(({ payload }) => (payload.asks ? [payload.event_id] : [])));
  const asked = events.filter(({ id }) => unsure.has(id));
  if (!asked.length) return [];
  try {
    const wanted = new Set(await wantedOf(consumer, asked));
    return asked.filter((event) => !wanted.has(event)).map(({ id }) => [id, undefined]);
  } catch (error) {
    return asked.map((event) => [event.id, noted(consumer.name, event, asError(error))]);
  }
}

/** Events by subject, each list in its order. */
function subjects(events: readonly DomainEvent[]): DomainEvent[][] {
  const lists = new Map<string, DomainEvent[]>();
  for (const event of [...events].sort((a, b) => a.seq - b.seq)) {
    const key = `${event.subject.className}:${event.subject.id}`;
    const list = lists.get(key);
    if (list) list.push(event);
    else lists.set(key, [event]);
  }
  return [...lists.values()];
}

async function call(
  ctx: Ctx,
  consumer: Timed,
  events: readonly DomainEvent[],
  { rows, signal }: { rows: readonly Row[]; signal: AbortSignal },
): Promise<[id: string, answer: Answer][]> {
  const { handler, name } = consumer;
  const lastOf = new Map(rows.map(({ payload, attempts }) => [payload.event_id, attempts]));
  const tries = consumer.attempts ?? JOB_CLASSES.normal.attempts;
  const runOf = (one: AbortSignal, isLastAttempt: boolean): ConsumerRun => ({
    signal: one,
    isLastAttempt,
    keyOf: ({ id }) => `${name}:${id}`,
  });
  const isLast = (event: DomainEvent): boolean => (lastOf.get(event.id) ?? 0) >= tries;
  const timed = <T>(work: (one: AbortSignal) => Promise<T>): Promise<T> =>
    withinLimit({ ms: consumer.timeoutMs, signal, what: 'The consumer' }, work);
  if (typeof handler === 'function') {
    return Promise.all(
      events.map(async (event): Promise<[string, Answer]> => {
        const answer = await timed((one) => handler(contextOf(ctx, [event]), event, runOf(one, isLast(event)))).then(
          () => undefined,
          asError,
        );
        return [event.id, noted(name, event, answer)];
      }),
    );
  }
  const answers = await timed((one) =>
    handler.run(contextOf(ctx, events), events, runOf(one, events.every(isLast))),
  ).catch((error: unknown) => events.map(() => asError(error)));
  if (answers.length !== events.length) throw new Error(`${events.length} events got ${answers.length} answers.`);
  return events.map((event, index) => [event.id, noted(name, event, answers[index])]);
}

function noted(consumer: string, event: DomainEvent, answer: Answer): Answer {
  if (answer) observeConsumed(consumer, answer instanceof PostponeError ? 'waited' : 'failed');
  else observeConsumed(consumer, 'done', (Date.now() - event.occurredAt.getTime()) / 1000);
  return answer;
}

/** In the tenant of the events, and under the request that caused the one. */
function contextOf(ctx: Ctx, events: readonly DomainEvent[]): Ctx {
  const [first] = events;
  const isOne = events.every(({ tenant }) => tenant === first!.tenant);
  return Object.create(ctx, {
    tenantId: { value: (isOne && first!.tenant) || undefined, enumerable: true },
    ...(events.length === 1 && first!.requestId ? { requestId: { value: first!.requestId, enumerable: true } } : {}),
  }) as Ctx;
}
