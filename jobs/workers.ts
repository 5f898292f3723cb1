import type { JobDefinition } from '../core/job';
import { log } from '../core/log';
import { startLoop } from '../core/loop';
import type { OpenQueue } from '../core/queue/bullmq';
import type { QueueJob, WorkerHandle } from '../core/queue/connections';
import type { ProviderLimits } from '../core/queue/provider-limits';
import { buryJob, type DeadLetterSink } from './failure';
import { jobContext, makeProcessor } from './runner';
import { RunningJobs } from './running';

export interface WorkersOptions {
  queue: OpenQueue;
  definitions: readonly JobDefinition[];
  deadLetters: DeadLetterSink;
  /** Jobs at once, by queue. */
  shares: ReadonlyMap<string, number>;
  /** Tokens of providers. @defaultValue no limits */
  limits?: ProviderLimits;
  /** How often the queues are told their limits again, milliseconds. @defaultValue 60000 */
  limitsEveryMs?: number;
  /** How long running jobs may go on after the drain began, milliseconds. @defaultValue 10000 */
  drainMs?: number;
}

export interface RunningWorkers {
  /** Takes no more jobs, waits for the running ones, aborts what is left at `drainMs`. */
  stop(): Promise<void>;
}

const DRAIN_MS = 10_000;
const LIMITS_MS = 60_000;
const AGAIN_MS = 500;
/** Between the abort and the end of waiting. */
const ABORTED_MS = 3500;
const BURY_TRIES = 5;

/** One worker a queue that has jobs. */
export async function startWorkers(options: WorkersOptions): Promise<RunningWorkers> {
  const { queue, definitions, deadLetters } = options;
  const running = new RunningJobs();
  const byName = new Map(definitions.map((definition) => [definition.name, definition]));
  const ended = new WeakSet<QueueJob>();
  const process = makeProcessor({ definitions: byName, deadLetters, running, limits: options.limits });
  const used = new Set(definitions.map((definition) => definition.queue));
  const shares = [...options.shares].filter(([name]) => used.has(name));
  const workers: WorkerHandle[] = [];
  for (const [name, share] of shares) {
    await untilThere(queue, () => queue.limit(name, share));
    const worker = queue.makeWorker(
      name,
      (job, token) => {
        ended.add(job);
        return process(job, token);
      },
      share,
    );
    worker.on('failed', (job, error) => {
      // A job under which too many workers died never reaches the processor; the queue fails it.
      if (job && !ended.has(job)) void buryStalled(job, byName.get(job.name), error, deadLetters);
    });
    // Another worker will run the job: two handlers at once are possible, but not for long.
    worker.on('lockRenewalFailed', (ids) => ids.forEach((id) => running.abort(id, new Error('The lock was lost.'))));
    workers.push(worker);
  }
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  // Said again now and then: a Redis that was emptied has forgotten it. A queue that is away keeps the limit it has.
  const stopLimits = startLoop({
    name: 'queue.limits',
    everyMs: options.limitsEveryMs ?? LIMITS_MS,
    run: () => Promise.all(shares.map(([name, share]) => queue.limit(name, share))),
  });
  return {
    stop: async () => {
      await stopLimits();
      await stopAll(workers, running, options.drainMs ?? DRAIN_MS);
    },
  };
}

/** A worker that is made while PostgreSQL is away stays idle for ever: it is made when the queue has answered. */
async function untilThere({ settings }: OpenQueue, ask: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + settings.waitMs;
  for (;;) {
    try {
      await ask();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

async function stopAll(workers: readonly WorkerHandle[], running: RunningJobs, drainMs: number): Promise<void> {
  const closed = Promise.all(workers.map((worker) => worker.close()));
  const abort = setTimeout(() => running.stop(new Error('The process ends.')), drainMs);
  let giveUp: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    giveUp = setTimeout(() => resolve('late'), drainMs + ABORTED_MS);
  });
  const outcome = await Promise.race([closed, late]);
  clearTimeout(abort);
  clearTimeout(giveUp);
  // Their locks run out and another worker takes them.
  if (outcome === 'late') log().warn('Some jobs did not end with the process.');
}

async function buryStalled(
  job: QueueJob,
  definition: JobDefinition | undefined,
  error: Error,
  sink: DeadLetterSink,
): Promise<void> {
  const ctx = jobContext(job, definition);
  for (let tries = 1; ; tries += 1) {
    try {
      return await buryJob({ job, definition, ctx, error, sink });
    } catch (cause) {
      if (tries < BURY_TRIES) await new Promise((resolve) => setTimeout(resolve, 1000 * tries));
      else return ctx.log.error({ err: cause }, 'A dead letter was lost; the queue still has the failed job.');
    }
  }
}
