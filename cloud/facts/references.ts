import Parse from 'parse/node';
import { invalidField } from '../../core/operation/issues';
import type { Fact } from './define';
import { tenantIdOf } from './rows';

/**
 * A person that a row names must be of the row's tenant: otherwise one tenant could count, and
 * later erase, another's people. Only changed references are looked up.
 * @throws AppError VALIDATION_ERROR, also where the person exists in another tenant only
 */
export async function checkReferences(
  { fields }: Fact,
  object: Parse.Object,
  original: Parse.Object | undefined,
): Promise<void> {
  const tenantId = tenantIdOf(object);
  for (const [name, { kind }] of Object.entries(fields)) {
    if (kind !== 'person') continue;
    const person = object.get(name) as Parse.Object | undefined;
    if (!person?.id || person.id === (original?.get(name) as Parse.Object | undefined)?.id) continue;
    const query = new Parse.Query(person.className).equalTo('objectId', person.id).select('tenant', 'erased_at');
    // Master key: the caller may write facts without being allowed to read people.
    const found = await query.first({ useMasterKey: true });
    const isKnown = found && (found.get('tenant') as Parse.Object | undefined)?.id === tenantId;
    if (!isKnown || found.get('erased_at')) throw invalidField(name, 'invalid', `names no ${name} of the tenant`);
  }
}
