import { createHash } from 'node:crypto';
import { canonical } from '../../core/operation/canonical';
import type { ImportOptions } from './convert/options';

/** Identity of a named import: tenant, name, bytes and options, whatever the order in which they were written. */
export function importHash(tenantId: string, options: ImportOptions, inputSha256: string): string {
  return createHash('sha256')
    .update(canonical([tenantId, options, inputSha256]))
    .digest('hex');
}
