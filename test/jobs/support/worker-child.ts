import { Pool } from 'pg';
import { config } from '../../../core/config';
import { openQueue } from '../../../core/queue/bullmq';
import type { QueueSettings } from '../../../core/queue/settings';
import { startWorkers } from '../../../jobs/workers';
import { effectJob, poisonJob, postponedJob, sharesOf, TEST_QUEUES } from './test-jobs';

/** A worker process to be killed: argument 1 is the queue's settings. Says 'ready' over IPC. */
async function main(): Promise<void> {
  const settings = JSON.parse(process.argv[2] ?? '{}') as Partial<QueueSettings>;
  process.on('disconnect', () => process.exit(0));
  const pool = new Pool({ connectionString: config().database.uri, max: 5 });
  pool.on('error', () => undefined);
  const queue = await openQueue(config(), TEST_QUEUES, settings);
  await startWorkers({
    queue,
    definitions: [effectJob(pool, 20), poisonJob, postponedJob(pool)],
    shares: sharesOf(30),
    deadLetters: async (_ctx, letter) => {
      await pool.query(`insert into jobs_test.effect (run, key) values ('dead', $1) on conflict do nothing`, [
        letter.messageId,
      ]);
    },
  });
  process.send?.('ready');
}

void main();
