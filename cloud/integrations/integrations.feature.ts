import type { Feature } from '../../core/feature';
import { collectIntegrationMetrics } from './integrations.metrics';
import { integrationOperations } from './integrations.operations';
import { checkWhenDue } from './status.service';

/** How often it is looked whether a check is due; the pause between two is a setting. */
const LOOK_MS = 1000;

/** How the outside services do, and what of ours is needed: looked at in the background, told and tried at any time. */
export const integrationsFeature: Feature = {
  name: 'integrations',
  operations: integrationOperations,
  // Each web process answers, and calls, for itself.
  loops: [{ name: 'integrations.check', role: 'web', everyMs: LOOK_MS, firstMs: 0, run: checkWhenDue }],
  start: (role) => {
    if (role === 'web') collectIntegrationMetrics();
    return Promise.resolve(() => Promise.resolve());
  },
};
