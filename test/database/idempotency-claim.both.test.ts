import { randomUUID } from 'node:crypto';
import { runOnce } from '../../core/idempotency';
import type { Outcome } from '../../core/operation/operation';
import { systemContext } from '../../core/parse/trigger-context';
import { openLane } from './support';

const TWO_MINUTES = 120_000;

let close: () => Promise<void>;
beforeAll(async () => {
  close = await openLane();
});
afterAll(() => close());

const answer = (by: string): Outcome => ({ status: 200, body: { by }, headers: { 'x-by': by } });

it.each([
  ['replace the answer of that one', async () => answer('first')],
  ['give its key back', () => Promise.reject(new Error('It failed.'))],
])('a run that another has taken for dead does not %s', async (_what, end: () => Promise<Outcome>) => {
  const key = randomUUID();
  const run = (lateMs: number, work: () => Promise<Outcome>): Promise<Outcome> => {
    const clock = { now: () => new Date(Date.now() + lateMs) };
    return runOnce({ ...systemContext('test'), clock }, 'anyOperation', key, {}, work);
  };
  const first = run(0, async () => {
    expect((await run(TWO_MINUTES + 1000, async () => answer('second'))).body).toEqual({ by: 'second' });
    return end();
  });
  await first.catch((error: Error) => expect(error.message).toBe('It failed.'));
  const again = await run(0, () => Promise.reject(new Error('It runs again.')));
  expect(again).toMatchObject({ body: { by: 'second' }, headers: { 'x-by': 'second' }, isReplay: true });
});
