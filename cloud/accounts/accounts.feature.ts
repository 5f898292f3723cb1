import { leaseTable } from '../../core/lease/seat';
import type { Feature } from '../../core/feature';
import { endRefreshed } from './access.service';
import { accountEvents, accountEventTypes } from './accounts.events';
import { accountParseJobs, purgeDeletedJob, purgeSessionsJob } from './accounts.jobs';
import { BUSINESS_ROLES } from './accounts.roles';
import { accountOperations } from './accounts.operations';
import { erasureTable, refreshTokenClass, userClass } from './accounts.schema';
import { seedAccounts } from './accounts.seed';
import { registerAccountTriggers } from './accounts.triggers';
import { recoveryMails } from './recovery.mails';

/** People: sign-in, accounts, roles (A01–A04, A06–A10, erasure). */
export const accountsFeature: Feature = {
  name: 'accounts',
  roles: BUSINESS_ROLES,
  operations: accountOperations,
  classes: [userClass, refreshTokenClass],
  eventTypes: accountEventTypes,
  eventSources: [accountEvents],
  tables: [leaseTable, erasureTable],
  jobs: [purgeDeletedJob, purgeSessionsJob],
  parseJobs: accountParseJobs,
  mails: recoveryMails,
  triggers: registerAccountTriggers,
  onSignOut: endRefreshed,
  seed: seedAccounts,
};
