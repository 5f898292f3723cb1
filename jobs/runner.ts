import { randomUUID } from 'node:crypto';
import { systemClock } from '../core/clock';
import type { Ctx } from '../core/context';
import { AppError } from '../core/errors';
import type { JobDefinition } from '../core/job';
import { log } from '../core/log';
import { metrics } from '../core/metrics';
import type { QueueJob, QueueProcessor } from '../core/queue/connections';
import { GiveUpError, inMs, postpone, PostponeError } from '../core/queue/outcomes';
import type { ProviderLimits } from '../core/queue/provider-limits';
import { runLimited } from './limits';
import type { RunningJobs } from './running';
import { endFailedTry, isLastTry, type DeadLetterSink } from './failure';

export interface RunnerOptions {
  definitions: ReadonlyMap<string, JobDefinition>;
  deadLetters: DeadLetterSink;
  running: RunningJobs;
  /** Absent: no provider has a limit. */
  limits?: ProviderLimits | undefined;
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
    const ctx = jobContext(job, definition);
    const jobId = job.id ?? '';
    const abort = running.begin(jobId);
    try {
      await runTry({ job, definition, ctx, abort, limits: options.limits });
      metrics.jobsProcessed.inc(labels);
    } catch (error) {
      if (error instanceof PostponeError) {
        metrics.jobsPostponed.inc(labels);
        throw await postpone(job, token, error.until);
      }
      if (running.isStopping) throw await postpone(job, token, inMs(HANDED_BACK_MS));
      metrics.jobsFailed.inc({ ...labels, final: String(isLastTry(job, error)) });
      throw await endFailedTry({ job, token, definition, ctx, error, sink: options.deadLetters });
    } finally {
      running.end(jobId, abort);
      stopTimer();
    }
  };
}

interface Try {
  job: QueueJob;
  definition: JobDefinition | undefined;
  ctx: Ctx;
  abort: AbortController;
  limits: ProviderLimits | undefined;
}

async function runTry({ job, definition, ctx, abort, limits }: Try): Promise<void> {
  // Not given up at once: during a rolling release another worker may know the job.
  if (!definition) throw new AppError('INTERNAL_ERROR', `This release has no job "${job.name}".`);
  const payload = definition.payload.safeParse(job.data);
  if (!payload.success) throw new GiveUpError('The payload does not match the job.', { cause: payload.error });
  const waitMs = definition.provider && limits ? await limits.take(definition.provider) : 0;
  if (waitMs) throw new PostponeError(waitMs);
  await runLimited(definition.timeoutMs, abort, (signal) =>
    definition.handler(ctx, payload.data, {
      signal,
      attempt: job.attemptsMade + 1,
      isLastAttempt: job.attemptsMade + 1 >= (job.opts.attempts ?? 1),
    }),
  );
}

/** The system acts, for the tenant that the definition reads from the payload; else the row that it names tells. */
export function jobContext(job: QueueJob, definition: JobDefinition | undefined): Ctx {
  const requestId = randomUUID();
  const payload = definition?.tenantOf ? definition.payload.safeParse(job.data) : undefined;
  const tenantId = payload?.success ? definition?.tenantOf?.(payload.data) : undefined;
  return {
    actor: { kind: 'system', name: `job:${job.name}` },
    tenantId,
    requestId,
    ip: '',
    door: 'job',
    clock: systemClock,
    // Made when something is logged: most jobs log nothing.
    get log() {
      const attempt = job.attemptsMade + 1;
      const tenant = tenantId === undefined ? {} : { tenant: tenantId };
      return log().child({ request_id: requestId, job: job.name, job_id: job.id, attempt, ...tenant });
    },
    fresh: false,
  };
}
