import type { Feature } from '../../core/feature';
import { factEvents, factEventTypes } from './facts.events';
import { FACT_CLASSES } from './facts.schema';
import { registerFactTriggers } from './facts.triggers';

/** The facts of a tenant's business: their classes, and the rules that hold whoever writes. */
export const factsFeature: Feature = {
  name: 'facts',
  classes: FACT_CLASSES,
  eventTypes: factEventTypes,
  eventSources: factEvents,
  triggers: registerFactTriggers,
};
