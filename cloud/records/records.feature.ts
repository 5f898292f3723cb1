import type { Feature } from '../../core/feature';
import { RECORD_CLASSES } from './records.schema';
import { registerRecordTriggers } from './records.triggers';

/** The facts of a tenant's business: their classes, and the rules that hold whoever writes. */
export const recordsFeature: Feature = {
  name: 'records',
  classes: RECORD_CLASSES,
  triggers: registerRecordTriggers,
};
