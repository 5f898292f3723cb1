import type { Feature } from '../core/feature';
import { frameFeature } from '../core/frame';
import { accountsFeature } from './accounts/accounts.feature';
import { analyticsFeature } from './analytics/analytics.feature';
import { demoFeature } from './demo/demo.feature';
import { filesFeature } from './files/files.feature';
import { importsFeature } from './imports/imports.feature';
import { mailFeature } from './mail/mail.feature';
import { opsFeature } from './ops/ops.feature';
import { factsFeature } from './facts/facts.feature';
import { tenantsFeature } from './tenants/tenants.feature';
import { viewsFeature } from './views/views.feature';

/** The one list of features. A new feature is its folder and a line here; seeds run in this order. */
export const FEATURES: readonly Feature[] = [
  frameFeature,
  tenantsFeature,
  accountsFeature,
  factsFeature,
  analyticsFeature,
  filesFeature,
  importsFeature,
  opsFeature,
  mailFeature,
  viewsFeature,
  demoFeature,
];
