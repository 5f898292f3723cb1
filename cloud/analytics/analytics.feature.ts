import type { Feature } from '../../core/feature';
import { handToQueue } from '../../core/queue';
import { auditJob, rebuildAll, rebuildJob } from './analytics.jobs';
import { analyticsOperations } from './analytics.operations';
import { ANALYTICS_TABLES } from './analytics.schema';
import { registerAnalyticsTriggers } from './analytics.triggers';
import { foldLoop } from './folding.service';
import { recordRequest, usageLoop } from './usage.service';

/** Exact business figures (A11–A13, getRetention) and what keeps them exact. */
export const analyticsFeature: Feature = {
  name: 'analytics',
  operations: analyticsOperations,
  tables: ANALYTICS_TABLES,
  queues: [{ name: 'analytics', share: 8 }],
  jobs: [auditJob, rebuildJob],
  parseJobs: { checkFigures: handToQueue(auditJob), rebuildFigures: rebuildAll },
  triggers: registerAnalyticsTriggers,
  onAdmitted: recordRequest,
  loops: [foldLoop, usageLoop],
};
