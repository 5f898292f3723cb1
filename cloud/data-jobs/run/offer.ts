import type { Ctx } from '../../../core/context';
import { enqueue } from '../../../core/queue';
import { jobDefinition } from '../../../core/queue/definitions';
import { queueJobName } from '../kinds';
import type { QueuedJob } from '../store/job.store.types';

/** Hands a stored job to the queue. @throws when the queue is away; the sweeper then does it later */
export async function offer({ job_id, kind, attempts, retries }: QueuedJob): Promise<void> {
  const definition = jobDefinition(queueJobName(kind));
  if (!definition) throw new Error(`The queue has no job for data jobs of kind "${kind}".`);
  await enqueue(definition, { job_id, round: attempts, retry: retries });
}

/** The same for those who have stored the job a moment ago: what the queue does not take, the sweeper will offer. */
export async function offerSoon(ctx: Pick<Ctx, 'log'>, job: QueuedJob): Promise<void> {
  await offer(job).catch((error: unknown) => {
    ctx.log.warn({ err: error, job: job.job_id }, 'The queue did not take a data job; the sweeper will offer it.');
  });
}
