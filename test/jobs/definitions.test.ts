import { FEATURES } from '../../cloud/features';
import type { JobDefinition, QueueDefinition } from '../../core/job';
import { collectJobs } from '../../core/queue/definitions';
import { scaleShares } from '../../core/queue/shares';
import { testJob } from './support/test-jobs';

const job = (queue: string, jobClass: JobDefinition['jobClass']): JobDefinition =>
  testJob(`${queue}.${jobClass}`, () => Promise.resolve(), { queue, jobClass });
const queue = (name: string, share: number): QueueDefinition => ({ name, share });

// The configuration is read on first use, and wants a database.
beforeAll(() => void (process.env.DATABASE_URI ??= 'postgres://localhost/none'));

describe('the shares of the concurrency', () => {
  const queues = [queue('large', 60), queue('middle', 30), queue('small', 10)];

  it('are those that are declared, scaled, with at least one each', () => {
    expect([...scaleShares(queues, 100).values()]).toEqual([60, 30, 10]);
    expect([...scaleShares(queues, 20).values()]).toEqual([12, 6, 2]);
    expect([...scaleShares(queues, 3).values()]).toEqual([1, 1, 1]);
  });

  it.each([3, 4, 7, 10, 99, 100])('never add up to more than %i', (total) => {
    const shares = [...scaleShares(queues, total).values()];
    expect(shares.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(total);
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(1);
  });

  it('leave what is not declared to queues to come', () => {
    expect([...scaleShares([queue('only', 30)], 100).values()]).toEqual([30]);
  });

  it.each([
    [[queue('a', 70), queue('b', 31)], 'add up to 101'],
    [[queue('a', 0)], 'whole number'],
    [[queue('a', 2.5)], 'whole number'],
    [[queue('a', 1), queue('a', 1)], 'Two features declare'],
  ])('are refused where they do not fit: %j', (declared, message) => {
    expect(() => scaleShares(declared, 100)).toThrow(message);
    expect(() => collectJobs([{ name: 'a', queues: declared }])).toThrow(message);
  });

  it('are refused above 100, and below one a queue', () => {
    expect(() => scaleShares(queues, 101)).toThrow('At most 100');
    expect(() => scaleShares(queues, 2)).toThrow('3 queues');
  });

  it('stay the same however many jobs a queue has', () => {
    const { queues: declared, jobs } = collectJobs(FEATURES);
    const chores = [job('cleanup', 'low'), job('cleanup', 'batch')];
    const { queues: after } = collectJobs([...FEATURES, { name: 'more', jobs: chores }]);
    expect(after).toEqual(declared);
    expect(scaleShares(after, 100).get('data-processing')).toBe(30);
    expect(jobs.length).toBeGreaterThan(0);
  });
});

describe('the list of jobs', () => {
  const queues = [queue('cleanup', 1)];

  it('refuses two handlers for one name', () => {
    const twice = [job('cleanup', 'low'), job('cleanup', 'low')];
    expect(() => collectJobs([{ name: 'a', queues, jobs: twice }])).toThrow('Two handlers claim');
  });

  it('refuses an unknown queue and a job without a handler', () => {
    expect(() => collectJobs([{ name: 'a', queues, jobs: [job('nowhere', 'low')] }])).toThrow('unknown queue');
    const idle = { ...job('cleanup', 'low'), handler: undefined } as unknown as JobDefinition;
    expect(() => collectJobs([{ name: 'a', queues, jobs: [idle] }])).toThrow('has no handler');
  });
});
