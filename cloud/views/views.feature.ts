import type { Feature } from '../../core/feature';
import { dashboardSessionTable } from './dashboard-sessions.store';
import { viewOperations } from './views.operations';
import { dashboardConfigClass } from './views.schema';
import { seedViews } from './views.service';

/** What Parse Dashboard keeps on the server: analytics as tables, and who is signed in. */
export const viewsFeature: Feature = {
  name: 'views',
  operations: viewOperations,
  classes: [dashboardConfigClass],
  tables: [dashboardSessionTable],
  seed: seedViews,
};
