import type { Loop } from '../../core/loop';
import { publishJobMetrics } from './metrics.service';
import { runDueSchedules, waitForStartedJobs } from './scheduled-jobs.service';
import { beat } from './uptime.service';

/** Three beats a minute: one may fail or be late without a minute being lost. */
const BEAT_MS = 18_000;
const PUBLISH_MS = 15_000;
const SCHEDULES_MS = 30_000;

export const opsLoops: readonly Loop[] = [
  { name: 'uptime.beat', role: 'web', everyMs: BEAT_MS, firstMs: 0, run: () => beat(new Date()) },
  {
    name: 'metrics.publish',
    role: 'worker',
    everyMs: PUBLISH_MS,
    firstMs: 1000,
    run: () => publishJobMetrics(new Date()),
  },
  {
    name: 'schedules.run',
    role: 'worker',
    everyMs: SCHEDULES_MS,
    firstMs: 2000,
    run: (signal) => runDueSchedules(new Date(), signal),
    end: waitForStartedJobs,
  },
];
