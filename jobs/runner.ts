import { randomUUID } from 'node:crypto';
import { systemClock } from '../core/clock';
import type { Ctx } from '../core/context';
import { AppError } from '../core/errors';
import type { JobDefinition } from '../core/job';
import { log } from '../core/log';
import { metrics } from '../core/metrics';
import type { QueueJob, QueueProcessor } from '../core/queue/connections';
import { GiveUpError, postpone } from '../core/queue/give-up';
import { runLimited } from './limits';
import type { RunningJobs } from './running';
import { endFailedTry, isLastTry, type DeadLetterSink } from './failure';

export interface RunnerOptions {
  definitions: ReadonlyMap<string, JobDefinition>;
  deadLetters: DeadLetterSink;
  running: RunningJobs;
}

/** Back in the queue, the job waits until this worker is gone; another one takes it sooner. */
const HANDED_BACK_MS = 1000;

/** Turns the definitions into what a worker runs: payload checked again, limits, metrics, dead letters. */
export function makeProcessor(options: RunnerOptions): QueueProcessor {
  const { running } = options;
  return async (job, token) => {
    const definition = options.definitions.get(job.name);
    const labels = { queue: job.queueName, job: definition ? job.name : 'unknown' };
    const stopTimer = metrics.jobSeconds.startTimer(labels);
    const ctx = jobContext(job);
    const jobId = job.id ?? '';
    const abort = running.begin(jobId);
    try {
      await runTry(job, definition, ctx, abort);
      metrics.jobsProcessed.inc(labels);
    } catch (error) {
      if (running.isStopping) throw await postpone(job, token, HANDED_BACK_MS);
      metrics.jobsFailed.inc({ ...labels, final: String(isLastTry(job, error)) });
      throw await endFailedTry({ job, token, definition, ctx, error, sink: options.deadLetters });
    } finally {
      running.end(jobId, abort);
      stopTimer();
    }
  };
}

async function runTry(
  job: QueueJob,
  definition: JobDefinition | undefined,
  ctx: Ctx,
  abort: AbortController,
): Promise<void> {
  // Not given up at once: during a rolling release another worker may know the job.
  if (!definition) throw new AppError('INTERNAL_ERROR', `This release has no job "${job.name}".`);
  const payload = definition.payload.safeParse(job.data);
  if (!payload.success) throw new GiveUpError('The payload does not match the job.', { cause: payload.error });
  await runLimited(definition.timeoutMs, abort, (signal) =>
    definition.handler(ctx, payload.data, {
      signal,
      attempt: job.attemptsMade + 1,
      isLastAttempt: job.attemptsMade + 1 >= (job.opts.attempts ?? 1),
    }),
  );
}

/** The system acts, for no tenant yet: the handler takes the tenant from the row that the payload names. */
export function jobContext(job: QueueJob): Ctx {
  const requestId = randomUUID();
  return {
    actor: { kind: 'system', name: `job:${job.name}` },
    tenantId: undefined,
    requestId,
    ip: '',
    door: 'job',
    clock: systemClock,
    // Made when something is logged: most jobs log nothing.
    get log() {
      return log().child({ request_id: requestId, job: job.name, job_id: job.id, attempt: job.attemptsMade + 1 });
    },
    fresh: false,
  };
}
