import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { dispatchRecorded } from '../../core/events/dispatch';
import { countEvents, eventRows, findEvent } from '../../core/events/event.store';
import type { DomainEvent } from '../../core/events/event.types';
import { eventSweep, trimEvents } from '../../core/events/event.loops';
import { forgetInEvents } from '../../core/events/forget';
import { recordEvents } from '../../core/events/record';
import { addEventSource } from '../../core/events/sources';
import { testPump } from '../due/support/pumps';
import { states } from '../due/support/table';
import { waitFor } from '../harness/app';
import { rounds } from '../harness/depth';
import { dueOf, listen, newEvent, openEvents, recordSubject, uniqueConsumer, workUntil } from './support/store';

let close: () => Promise<void>;
beforeAll(async () => {
  close = await openEvents();
});
afterAll(() => close());

const record = (count: number): Promise<DomainEvent[]> =>
  recordEvents(Array.from({ length: count }, (_none, n) => newEvent(n)));

describe('consumers', () => {
  test('one that fails and one that hangs hold up no other', async () => {
    const [good, bad, hanging] = [uniqueConsumer(), uniqueConsumer(), uniqueConsumer()];
    const seen: string[] = [];
    const never = (): Promise<void> => new Promise(() => undefined);
    await listen(
      { name: bad, types: ['*'], handler: () => Promise.reject(new Error('As always.')) },
      { name: hanging, types: ['*'], timeoutMs: 100, handler: never },
      { name: good, types: ['counted'], handler: async (_ctx, { id }) => void seen.push(id) },
    );
    const events = await record(20);
    await dispatchRecorded();
    await Promise.all([bad, hanging].map((name) => testPump(dueOf(name)).run()));
    await workUntil(good, { done: 20 });
    expect(seen.sort()).toEqual(events.map(({ id }) => id).sort());
    // A try each, and all open.
    for (const name of [bad, hanging]) {
      const { waiting = 0, ready = 0 } = await states(dueOf(name));
      expect(waiting + ready).toBe(20);
    }
  });

  test('fifty at once share a signal without a warning', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    const name = uniqueConsumer();
    let most = 0;
    let running = 0;
    await listen({
      name,
      types: ['*'],
      handler: async () => {
        most = Math.max(most, (running += 1));
        await sleep(5);
        running -= 1;
      },
    });
    await record(50);
    await workUntil(name, { done: 50 });
    process.off('warning', note);
    expect(most).toBeGreaterThan(10);
    expect(warnings.filter((one) => one.name === 'MaxListenersExceededWarning')).toEqual([]);
  });

  test('events of a subject come in their order, also while some of them fail', async () => {
    const name = uniqueConsumer();
    const handled = new Map<string, number[]>();
    await listen({
      name,
      types: ['*'],
      attempts: 50,
      backoffMs: 1,
      handler: async (_ctx, { subject, payload }) => {
        await sleep(Math.random() * 3);
        if (Math.random() < 0.2) throw new Error('Sometimes.');
        handled.set(subject.id, [...(handled.get(subject.id) ?? []), payload['n'] as number]);
      },
    });
    const each = rounds(40, 8);
    const subjects = Array.from({ length: 6 }, () => randomUUID());
    await Promise.all(subjects.map((id) => recordSubject(id, each)));
    // Two pumps, as two workers.
    const second = (async () => {
      while ((await states(dueOf(name)))['done'] !== 6 * each) await testPump(dueOf(name)).run();
    })();
    await Promise.all([second, workUntil(name, { done: 6 * each })]);
    const order = Array.from({ length: each }, (_none, n) => n);
    for (const id of subjects) expect(handled.get(id)).toEqual(order);
  }, 120_000);

  test('one that is slow, and not wrong, is not given up', async () => {
    const name = uniqueConsumer();
    const seen: number[] = [];
    await listen({
      name,
      types: ['*'],
      timeoutMs: 150,
      attempts: 1,
      handler: async (_ctx, { payload }) => {
        await sleep(60);
        seen.push(payload['n'] as number);
      },
    });
    // All in one batch, which lasts longer than its limit: 2 × 150 ms and some seconds of grace.
    await recordSubject(randomUUID(), 20);
    await workUntil(name, { done: 20 });
    expect(seen).toEqual(Array.from({ length: 20 }, (_none, n) => n));
  }, 60_000);

  test('a filter that throws, and one that hangs, hold up nobody; what they want comes once they can say it', async () => {
    const [throwing, hanging, good] = [uniqueConsumer(), uniqueConsumer(), uniqueConsumer()];
    let isWell = false;
    const seen: Record<string, number[]> = { [throwing]: [], [hanging]: [], [good]: [] };
    const odd = (events: readonly DomainEvent[]): DomainEvent[] =>
      events.filter(({ payload }) => (payload['n'] as number) % 2 === 1);
    const consumer = (name: string, fail: () => Promise<never>) => ({
      name,
      types: ['*'],
      backoffMs: 10,
      attempts: 100,
      wants: (events: readonly DomainEvent[]) => (isWell ? Promise.resolve(odd(events)) : fail()),
      handler: async (_ctx: unknown, { payload }: DomainEvent) => void seen[name]!.push(payload['n'] as number),
    });
    await listen(
      consumer(throwing, () => Promise.reject(new Error('No idea.'))),
      consumer(hanging, () => new Promise(() => undefined)),
      { name: good, types: ['*'], handler: async (_ctx, { payload }) => void seen[good]!.push(payload['n'] as number) },
    );
    await record(10);
    await workUntil(good, { done: 10 });
    expect(seen[good]).toHaveLength(10);
    await testPump(dueOf(throwing)).run();
    expect(seen[throwing]).toEqual([]);
    isWell = true;
    for (const name of [throwing, hanging]) {
      await workUntil(name, { done: 10 });
      expect(seen[name]!.sort()).toEqual([1, 3, 5, 7, 9]);
    }
  }, 60_000);

  test('after its tries an event is a dead letter, which is sent again exactly once', async () => {
    const name = uniqueConsumer();
    const calls: { id: string; isLast: boolean; key: string }[] = [];
    let isWell = false;
    await listen({
      name,
      types: ['*'],
      backoffMs: 1,
      handler: async (_ctx, event, run) => {
        calls.push({ id: event.id, isLast: run.isLastAttempt, key: run.keyOf(event) });
        if (!isWell) throw new Error('Not yet.');
      },
    });
    const [event] = await record(1);
    await workUntil(name, { buried: 1 });
    expect(calls.map(({ isLast }) => isLast)).toEqual([false, false, false, false, false, true]);
    expect((await dueOf(name).store.find(event!.id))!.error).toMatchObject({ message: 'Not yet.' });
    isWell = true;
    calls.length = 0;
    expect(await dueOf(name).revive([event!.id])).toBe(1);
    expect(await dueOf(name).revive([event!.id])).toBe(0);
    await workUntil(name, { done: 1 });
    expect(calls).toEqual([{ id: event!.id, isLast: false, key: `${name}:${event!.id}` }]);
  });
});

describe('recording', () => {
  test.each([
    ['a payload that its type refuses', newEvent(1, { payload: { n: 'one' } })],
    ['a type that nobody declares', newEvent(1, { type: 'unheard_of' })],
    ['a key with NUL', newEvent(1, { key: 'a\0b' })],
    ['a subject with NUL', newEvent(1, { subject: { className: 'Thing', id: 'a\0b' } })],
    ['half a character', newEvent(1, { subject: { className: 'Thing', id: '\ud800' } })],
    ['a tenant that no row of a consumer could name', newEvent(1, { tenant: 't'.repeat(65) })],
    ['a time beyond the calendar', newEvent(1, { occurredAt: new Date(8.64e15) })],
    ['no time', newEvent(1, { occurredAt: new Date(Number.NaN) })],
    ['a large payload', newEvent(1, { payload: { n: 1, name: 'x'.repeat(20_000) } })],
  ])('refuses %s, and then records none of its batch', async (_what, bad) => {
    const good = newEvent(1);
    await expect(recordEvents([good, bad])).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
    expect(await eventRows.count({ key: good.key })).toBe(0);
  });

  test('the same key, fifty times at once, is one event', async () => {
    const event = newEvent(1);
    const answers = await Promise.all(Array.from({ length: 50 }, () => recordEvents([event])));
    expect(new Set(answers.map(([one]) => one!.id)).size).toBe(1);
    expect(await eventRows.count({ key: event.key })).toBe(1);
    expect(await countEvents({ subject: event.subject })).toBe(1);
  });

  test('places within a subject grow, whoever records', async () => {
    const id = randomUUID();
    const events = await recordSubject(id, 30);
    const places = events.map(({ seq }) => seq);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(new Set(places).size).toBe(30);
  });
});

describe('what is kept', () => {
  test('goes when it is older than the retention, unless its consumers have not been told', async () => {
    await listen();
    const [old, fresh, untold] = await record(3);
    await waitFor(async () => (await eventRows.count({ state: 'recorded' })) === 0);
    const year2000 = new Date('2000-01-01T00:00:00Z');
    await eventRows.update({ id: old!.id }, { recorded_at: year2000 });
    await eventRows.update({ id: untold!.id }, { recorded_at: year2000, state: 'recorded' });
    await trimEvents(new Date());
    expect(await findEvent(old!.id)).toBeUndefined();
    expect(await findEvent(fresh!.id)).toBeDefined();
    expect(await findEvent(untold!.id)).toBeDefined();
  });

  test('holds nothing personal of a person who was erased, in any number of events', async () => {
    const person = { population: 'users' as const, id: randomUUID() };
    const payload = { n: 1, name: 'Ada' };
    const events = await recordEvents(Array.from({ length: 1200 }, () => newEvent(1, { person, payload })));
    const [other] = await recordEvents([newEvent(1, { person: { ...person, id: randomUUID() }, payload })]);
    await forgetInEvents(person);
    expect(await eventRows.count({ population: 'users', person: person.id })).toBe(0);
    for (const { id } of [events[0]!, events[600]!, events[1199]!])
      expect((await findEvent(id))!.payload).toEqual({ n: 1 });
    expect((await findEvent(other!.id))!.payload).toEqual(payload);
  });

  test('a class that is not there, or is no more, holds up no events', async () => {
    const name = uniqueConsumer();
    await listen({ name, types: ['*'], handler: () => Promise.resolve() });
    addEventSource({ className: 'NeverMade', onSave: () => [] });
    await record(1);
    await eventSweep.run(new AbortController().signal);
    await workUntil(name, { done: 1 });
    await forgetInEvents({ population: 'users', id: randomUUID() });
  });
});
