import { config } from '../../core/config';
import type { Feature } from '../../core/feature';
import { log } from '../../core/log';
import { seedDemo, submitDemoData } from './demo.service';

/** A tenant with generated data, so that a fresh installation has figures to show; off in production. */
export const demoFeature: Feature = {
  name: 'demo',
  seed: async () => {
    if (config().demoData) await seedDemo();
  },
  start: (role) => {
    if (role === 'web' && config().demoData) {
      // Not awaited: the server is ready before its demo is.
      submitDemoData().catch((error: unknown) =>
        log().error({ err: error }, 'The demo data could not be handed over.'),
      );
    }
    return Promise.resolve(() => Promise.resolve());
  },
};
