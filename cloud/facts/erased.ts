import type Parse from 'parse/node';
import { isAccountThere } from '../../core/auth/presence';
import type { TriggerCall, TriggerRegistry } from '../../core/triggers';
import { AppError } from '../../core/errors';
import { eraseUserFigures, forgetIfErased } from '../analytics/forgetting.service';
import { FACTS } from './facts';
import { tenantIdOf } from './rows';

/**
 * Who is erased while rows arrive that name him: the erasure marks the person first and then empties what is stored;
 * a row looks for the mark after it is stored. Imports look again when they have written.
 */
export function registerErasureFence(registry: TriggerRegistry): void {
  for (const { className, fields } of FACTS) {
    const namesPerson = Object.values(fields).some(({ kind }) => kind === 'person');
    if (namesPerson) registry.on(className, 'afterSave', forgetErased);
  }
  registry.on('Customer', 'beforeSave', refuseErased);
  registry.on('Customer', 'afterSave', async ({ object, original }) => {
    if (original) await forgetIfErased(tenantIdOf(object), object.id!);
  });
}

async function forgetErased({ object, original }: TriggerCall): Promise<void> {
  const customerId = personOf(object, 'customer');
  if (customerId && customerId !== (original && personOf(original, 'customer')))
    await forgetIfErased(tenantIdOf(object), customerId);
  const userId = personOf(object, 'user');
  if (userId && !(await isAccountThere(userId))) await eraseUserFigures(tenantIdOf(object), userId);
}

/** @throws AppError NOT_FOUND */
function refuseErased({ original }: TriggerCall): void {
  if (original?.get('erased_at')) throw new AppError('NOT_FOUND', 'The customer was erased.');
}

const personOf = (object: Parse.Object, name: string): string | undefined =>
  (object.get(name) as { id?: string } | undefined)?.id;
