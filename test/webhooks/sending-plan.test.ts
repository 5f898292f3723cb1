import { renderBody } from '../../cloud/webhooks/body';
import { SendLane } from '../../cloud/webhooks/send.lane';
import { nextTry, PAUSES_MS, retryAfterMs } from '../../cloud/webhooks/send.plan';
import { safeText } from '../../cloud/webhooks/send.text';
import type { DomainEvent } from '../../core/events/event.types';

const AT = new Date('2030-01-01T12:00:00.000Z');
const HOUR = 3_600_000;

describe('the plan of tries', () => {
  const inMs = (tries: number, options: Parameters<typeof nextTry>[2]): number =>
    nextTry(tries, AT, options)!.getTime() - AT.getTime();

  test('has ten of them over 75 hours', () => {
    expect(PAUSES_MS).toHaveLength(10);
    const hours = PAUSES_MS.reduce((sum, ms) => sum + ms, 0) / HOUR;
    expect(hours).toBeGreaterThan(75);
    expect(hours).toBeLessThan(76);
    expect(nextTry(9, AT)).toBeDefined();
    expect(nextTry(10, AT)).toBeUndefined();
  });

  test('spreads by a tenth to both sides', () => {
    expect(inMs(4, { random: 0 })).toBe(108 * 60_000);
    expect(inMs(4, { random: 0.5 })).toBe(2 * HOUR);
    expect(inMs(4, { random: 1 })).toBe(132 * 60_000);
  });

  test.each([
    ['seconds', '600', 600_000],
    ['a date', 'Tue, 01 Jan 2030 13:00:00 GMT', HOUR],
    ['more than a day', '99999999', 24 * HOUR],
    ['a date in ten years', 'Tue, 01 Jan 2040 13:00:00 GMT', 24 * HOUR],
    ['a time that is over', 'Tue, 01 Jan 2030 11:00:00 GMT', 0],
    ['a negative number', '-5', 0],
    ['no date', 'Tue, 99 Abc 2030 11:00:00 GMT', 0],
    ['another form of date', '2031-01-01', 0],
    ['a fraction', '1.5', 0],
    ['words', 'later', 0],
    ['nothing', undefined, 0],
  ])('reads a Retry-After of %s', (_name, header, ms) => {
    expect(retryAfterMs(header, AT)).toBe(ms);
  });

  test('obeys a Retry-After that is later, and no earlier one', () => {
    expect(inMs(1, { retryAfter: '600', random: 0.5 })).toBe(600_000);
    expect(inMs(2, { retryAfter: '1', random: 0.5 })).toBe(300_000);
  });
});

describe('the way to one receiver', () => {
  let now = 0;
  const lane = (perSecond: number, inFlight: number): SendLane => {
    const made = new SendLane(undefined, () => now);
    made.limits = { perSecond, inFlight };
    return made;
  };
  beforeEach(() => {
    now = 1_000_000;
    jest.useFakeTimers();
  });
  afterEach(() => jest.useRealTimers());
  const pass = (ms: number): void => {
    now += ms;
    jest.advanceTimersByTime(ms);
  };

  test('lets as many in as it takes, and the next when one is over', () => {
    const one = lane(1000, 2);
    const begun: number[] = [];
    for (const n of [1, 2, 3, 4]) one.enter(() => begun.push(n));
    expect(begun).toEqual([1, 2]);
    one.leave(10);
    expect(begun).toEqual([1, 2, 3]);
    expect(one.inFlight).toBe(2);
  });

  test('starts no more in any second than it takes', () => {
    const one = lane(10, 50);
    const begun: number[] = [];
    for (let n = 0; n < 25; n += 1)
      one.enter(() => {
        begun.push(now);
        queueMicrotask(() => one.leave(1));
      });
    for (let n = 0; n < 400; n += 1) pass(10);
    expect(begun).toHaveLength(25);
    for (const at of begun) expect(begun.filter((other) => other >= at && other < at + 1000).length).toBeLessThan(11);
  });

  test('forgets whoever gives his place up', () => {
    const one = lane(1000, 1);
    const begun: string[] = [];
    one.enter(() => begun.push('first'));
    const leave = one.enter(() => begun.push('second'));
    expect(leave()).toBe(true);
    expect(leave()).toBe(false);
    one.leave(1);
    expect(begun).toEqual(['first']);
    expect(one.inFlight).toBe(0);
  });

  test('hands out turns one after the other, within a minute', () => {
    const one = lane(1000, 5);
    for (let n = 0; n < 5; n += 1) one.enter(() => undefined);
    pass(10_000);
    expect(one.isStuck).toBe(true);
    const turns = Array.from({ length: 500 }, () => one.nextTurnMs());
    expect(turns[1]!).toBeGreaterThan(turns[0]!);
    expect(Math.max(...turns)).toBe(60_000);
  });

  test('is paused for as long as the receiver asks, a minute at most', () => {
    const one = lane(1000, 5);
    one.pause(2 * HOUR);
    const begun: number[] = [];
    one.enter(() => begun.push(now));
    expect(begun).toEqual([]);
    expect(one.isStuck).toBe(true);
    pass(60_000);
    expect(one.isStuck).toBe(false);
  });
});

describe('what is kept of an answer', () => {
  test.each([
    ['plain text', Buffer.from('fine'), 'fine'],
    ['NUL', Buffer.from('a\0b'), 'a\uFFFDb'],
    ['broken UTF-8', Buffer.from([0x61, 0xff, 0xfe, 0x62]), 'a\uFFFD\uFFFDb'],
    ['half a character at its end', Buffer.from('aé').subarray(0, 2), 'a\uFFFD'],
    ['nothing', Buffer.alloc(0), ''],
  ])('is text, of %s', (_name, bytes, text) => {
    expect(safeText(bytes, 4096)).toBe(text);
  });

  test('is not cut within a character', () => {
    expect(safeText(Buffer.from('ééé'), 3)).toBe('é');
  });
});

describe('the body', () => {
  const event = (payload: Record<string, unknown>): DomainEvent => ({
    id: '0190a5a0-0000-7000-8000-000000000000',
    tenant: 't1',
    type: 'purchase',
    subject: { className: 'Purchase', id: 'p1' },
    seq: 1,
    occurredAt: AT,
    recordedAt: new Date(AT.getTime() + 5),
    payload,
    requestId: 'r1',
  });

  test('is type, timestamp and data, the same at every time', () => {
    const body = renderBody(event({ b: 1, a: 'é' }));
    expect(body).toBe('{"type":"purchase","timestamp":"2030-01-01T12:00:00.000Z","data":{"b":1,"a":"é"}}');
    expect(renderBody(event({ b: 1, a: 'é' }))).toBe(body);
  });

  test('carries the ids alone of what is too large', () => {
    const large = renderBody(event({ customer_id: 'c1', ids: ['i'], note: 'é'.repeat(10_000) }));
    expect(JSON.parse(large).data).toEqual({ customer_id: 'c1', ids: ['i'] });
    const larger = renderBody(event({ customer_id: 'c'.repeat(30_000) }));
    expect(JSON.parse(larger).data).toEqual({});
    expect(Buffer.byteLength(larger)).toBeLessThan(20_000);
  });
});
