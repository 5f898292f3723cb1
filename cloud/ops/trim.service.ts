import type { Ctx } from '../../core/context';
import { openedQueue } from '../../core/queue/bullmq';
import { trimSlots } from './scheduled-jobs.store';
import { trimUptime } from './uptime.service';
import { deleteWorkerMetricsBefore } from './worker-metrics.store';

const KEEP_MS = { completed: 3_600_000, failed: 7 * 86_400_000 };
const DAY_MS = 86_400_000;
/** Records removed by one call; short, so that it holds no lock for long. */
const BATCH = 1000;

/** Removes old records of the queue and of this feature's own tables. Safe to run at any time. */
export async function trimQueues(ctx: Ctx, signal: AbortSignal): Promise<void> {
  const queue = openedQueue();
  for (const name of queue?.names ?? []) {
    for (const state of ['completed', 'failed'] as const) {
      let removed = BATCH;
      while (removed >= BATCH && !signal.aborted) {
        removed = (await queue!.queue(name).clean(KEEP_MS[state], BATCH, state)).length;
      }
    }
  }
  const now = ctx.clock.now();
  await trimUptime(now);
  await trimSlots(new Date(now.getTime() - 30 * DAY_MS));
  await deleteWorkerMetricsBefore(new Date(now.getTime() - DAY_MS));
}
