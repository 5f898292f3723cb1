import { database } from '../../core/database/database';
import type { ProcessRole } from '../../core/feature';
import { collectProcessMetrics } from '../../core/metrics';
import { observeQueries } from '../../core/metrics.database';
import { startSweeper } from '../../core/sweeper';
import { closeProbes } from './dependencies';
import { publishJobMetrics } from './metrics.service';
import { runDueSchedules, waitForStartedJobs } from './scheduled-jobs.service';
import { beat } from './uptime.service';

/** Three beats a minute: one may fail or be late without a minute being lost. */
const BEAT_MS = 18_000;
const PUBLISH_MS = 15_000;
const SCHEDULES_MS = 30_000;

export async function startOps(role: ProcessRole): Promise<() => Promise<void>> {
  collectProcessMetrics();
  observeQueries(database());
  return role === 'web' ? startWeb() : startWorker();
}

function startWeb(): () => Promise<void> {
  const stopBeats = startSweeper({ name: 'uptime.beat', everyMs: BEAT_MS, firstMs: 0, run: () => beat(new Date()) });
  return async () => {
    await stopBeats();
    closeProbes();
  };
}

function startWorker(): () => Promise<void> {
  const stopMetrics = startSweeper({
    name: 'metrics.publish',
    everyMs: PUBLISH_MS,
    firstMs: 1000,
    run: () => publishJobMetrics(new Date()),
  });
  const stopSchedules = startSweeper({
    name: 'schedules.run',
    everyMs: SCHEDULES_MS,
    firstMs: 2000,
    run: (signal) => runDueSchedules(new Date(), signal),
  });
  return async () => {
    await Promise.all([stopMetrics(), stopSchedules()]);
    await waitForStartedJobs();
  };
}
