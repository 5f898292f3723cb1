import type { Feature } from '../core/feature';
import { frameFeature } from '../core/frame';
import { accountsFeature } from './accounts/accounts.feature';
import { analyticsFeature } from './analytics/analytics.feature';
import { dataJobsFeature } from './data-jobs/data-jobs.feature';
import type { DataJobFeature } from './data-jobs/kind';
import { demoFeature } from './demo/demo.feature';
import { eventsFeature } from './events/events.feature';
import { filesFeature } from './files/files.feature';
import { incomingFeature } from './incoming/incoming.feature';
import { importsFeature } from './imports/imports.feature';
import { integrationsFeature } from './integrations/integrations.feature';
import { mailFeature } from './mail/mail.feature';
import { opsFeature } from './ops/ops.feature';
import { parseSyncFeature } from './parse-sync/parse-sync.feature';
import { factsFeature } from './facts/facts.feature';
import { tenantsFeature } from './tenants/tenants.feature';
import { viewsFeature } from './views/views.feature';
import { webhooksFeature } from './webhooks/webhooks.feature';

/** A new feature is its folder and a line here; seeds run in this order. */
const OURS: readonly DataJobFeature[] = [
  frameFeature,
  tenantsFeature,
  accountsFeature,
  factsFeature,
  analyticsFeature,
  eventsFeature,
  filesFeature,
  importsFeature,
  opsFeature,
  mailFeature,
  viewsFeature,
  webhooksFeature,
  parseSyncFeature,
  incomingFeature,
  integrationsFeature,
  demoFeature,
];

/** The one list of features, with the jobs of the kinds that they bring. */
export const FEATURES: readonly Feature[] = [...OURS, dataJobsFeature(OURS.flatMap(({ dataJobs }) => dataJobs ?? []))];
