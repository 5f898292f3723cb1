import { classNameOf, dataType } from '../convert/data-types';
import type { ImportJob } from '../load/import-job';

/** The class whose rows a job stores. */
export function resultClass(job: ImportJob): string {
  return classNameOf(job.data_type) ?? dataType(job.data_type).className;
}

/** Fields that are the machinery's, not the caller's. */
export const HIDDEN_FIELDS: ReadonlySet<string> = new Set([
  '_rperm',
  '_wperm',
  '_acl',
  'unique_key',
  'tenant',
  '_p_tenant',
]);
