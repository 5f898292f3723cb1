import type { JobDefinition } from '../../core/job';
import { collectJobs, shareConcurrency } from '../../core/queue/definitions';
import { testJob } from './support/test-jobs';

const job = (queue: JobDefinition['queue'], jobClass: JobDefinition['jobClass']): JobDefinition =>
  testJob(`${queue}.${jobClass}`, () => Promise.resolve(), { queue, jobClass });

describe('concurrency', () => {
  const definitions = [job('data-processing', 'normal'), job('analytics', 'low'), job('cleanup', 'batch')];

  it.each([3, 4, 7, 10, 99, 100])('adds up to %i over the queues, with at least one each', (total) => {
    const shares = [...shareConcurrency(definitions, total).values()];
    expect(shares.reduce((a, b) => a + b, 0)).toBe(total);
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(1);
  });

  it('is refused above 100, and below one a queue', () => {
    expect(() => shareConcurrency(definitions, 101)).toThrow('At most 100');
    expect(() => shareConcurrency(definitions, 2)).toThrow('3 queues');
  });
});

describe('the list of jobs', () => {
  // The configuration is read on first use, and wants a database.
  beforeAll(() => void (process.env.DATABASE_URI ??= 'postgres://localhost/none'));

  it('refuses two handlers for one name', () => {
    const twice = [job('cleanup', 'low'), job('cleanup', 'low')];
    expect(() => collectJobs([{ name: 'a', jobs: twice }])).toThrow('Two handlers claim');
  });

  it('refuses an unknown queue and a job without a handler', () => {
    const lost = { ...job('cleanup', 'low'), queue: 'nowhere' } as unknown as JobDefinition;
    expect(() => collectJobs([{ name: 'a', jobs: [lost] }])).toThrow('unknown queue');
    const idle = { ...job('cleanup', 'low'), handler: undefined } as unknown as JobDefinition;
    expect(() => collectJobs([{ name: 'a', jobs: [idle] }])).toThrow('has no handler');
  });
});
