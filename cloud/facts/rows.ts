import type Parse from 'parse/node';
import { invalidField } from '../../core/operation/issues';
import { selfWriterOf } from '../../core/schema/acl';

/**
 * `<tenant>:<business id>`, absent where the row has none: see the schema. Ids of what a person
 * writes about himself are his own: he neither takes those of the tenant's files nor learns of them.
 */
export function setUniqueKey(object: Parse.Object, idField: string): void {
  const id: unknown = object.get(idField) ?? undefined;
  const writer = selfWriterOf(object.getACL());
  const space = writer ? `${tenantIdOf(object)}@${writer}` : tenantIdOf(object);
  const key = typeof id === 'string' && id !== '' ? `${space}:${id}` : undefined;
  if (object.get('unique_key') === key) return;
  if (key === undefined) object.unset('unique_key');
  else object.set('unique_key', key);
}

/** @throws AppError VALIDATION_ERROR */
export function tenantIdOf(object: Parse.Object): string {
  const id = (object.get('tenant') as { id?: string } | undefined)?.id;
  if (!id) throw invalidField('tenant', 'missing', 'is missing');
  return id;
}
