import path from 'node:path';
import { config } from '../core/config';
import { collectListeners } from '../core/listeners';
import { collectMails } from '../core/mail/composer';
import { servedOperations } from '../core/operation/registry';
import { collectEventSources } from '../core/events/sources';
import { collectEventTypes } from '../core/events/types';
import { collectRoles } from '../core/roles';
import { registerChangeAudit } from '../core/parse/audit-changes';
import { defineFunctions, defineParseJobs } from '../core/parse/functions';
import { registerGuards } from '../core/parse/guard';
import { guardHostFunctions, guardHostJobs } from '../core/parse/host-functions';
import { followTenantOwned } from '../core/parse/product-classes';
import { tenantOwnedGuards } from '../core/parse/tenant-owned';
import { offerHostEvents } from '../core/parse/host-events';
import { registerEventTriggers } from '../core/parse/row-events';
import { TriggerStack } from '../core/parse/trigger-stack';
import { FEATURES } from './features';
import { defaultTenantId } from './tenants/tenants.service';

/**
 * What Parse Server loads: guards first, then every feature's triggers and functions, then the
 * host application's own cloud code, which adds to ours and cannot replace it.
 */
export async function registerCloud(): Promise<void> {
  const operations = servedOperations(FEATURES);
  const triggers = new TriggerStack();
  const classes = FEATURES.flatMap((feature) => feature.classes ?? []);
  collectRoles(FEATURES);
  collectMails(FEATURES);
  collectListeners(FEATURES);
  collectEventTypes(FEATURES);
  collectEventSources(FEATURES);
  registerGuards(triggers, classes);
  followTenantOwned(tenantOwnedGuards(triggers));
  for (const feature of FEATURES) feature.triggers?.(triggers);
  registerEventTriggers(triggers);
  registerChangeAudit(triggers, classes);
  defineFunctions(operations);
  defineParseJobs(FEATURES);
  triggers.adoptHostRegistrations();
  guardHostFunctions(operations);
  guardHostJobs();
  offerHostEvents(defaultTenantId);
  const { hostCloudCode } = config();
  if (hostCloudCode) await import(path.resolve(hostCloudCode));
}
