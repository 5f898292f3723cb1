import type { Feature } from '../../core/feature';
import { viewOperations } from './views.operations';
import { dashboardConfigClass } from './views.schema';
import { seedViews } from './views.service';

/** Analytics as tables inside Parse Dashboard. */
export const viewsFeature: Feature = {
  name: 'views',
  operations: viewOperations,
  classes: [dashboardConfigClass],
  seed: seedViews,
};
