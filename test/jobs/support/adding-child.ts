import { Pool } from 'pg';
import { config } from '../../../core/config';
import { openQueue } from '../../../core/queue/bullmq';
import type { QueueSettings } from '../../../core/queue/settings';
import { effectJob, manyPayloads, TEST_QUEUES } from './test-jobs';

/** Adds many jobs and dies on the way: arguments are the queue's settings, the run, and how many. */
async function main(): Promise<void> {
  const [, , settings = '{}', run = '', count = '0'] = process.argv;
  const job = effectJob(new Pool({ connectionString: config().database.uri }), 0);
  const queue = await openQueue(config(), TEST_QUEUES, JSON.parse(settings) as Partial<QueueSettings>);
  const handle = queue.queue(job.queue);
  const addBulk = handle.addBulk.bind(handle);
  let calls = 0;
  handle.addBulk = (jobs) => {
    // The third call is under way, perhaps arrived.
    if ((calls += 1) === 3) setImmediate(() => process.kill(process.pid, 'SIGKILL'));
    return addBulk(jobs);
  };
  await queue.port.addMany(job, manyPayloads(run, Number(count)), {});
}

void main();
