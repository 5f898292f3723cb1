import type { Db } from 'mongodb';
import { dayInZone } from '../../../values/zone';
import type { Erased, Population, TenantSettings } from '../analytics.store.types';
import { forgetAnswers } from '../../../core/idempotency';
import { textsOf } from '../customer-texts';
import { CUSTOMER_FACTS, CUSTOMER_TEXTS, USER_FACTS, type NamingFact } from '../personal-facts';
import { idOf, pointer } from './facts';
import { mark } from './marks';

/**
 * Step by step: first the mark, seen by whoever saves a row of the customer meanwhile (see `forgetIfErased`); what the
 * customer is called last, so that a repeated call finds it and finishes. The days are marked from facts and derived
 * rows, which together still know them after a crash.
 */
export async function eraseCustomer(
  db: Db,
  tenant: TenantSettings,
  idOrExternalId: string,
  now: Date,
): Promise<Erased | undefined> {
  const customers = db.collection('Customer');
  const mine = { _p_tenant: pointer('Tenant', tenant.id) };
  const found =
    (await customers.findOne({ ...mine, _id: idOrExternalId as never })) ??
    (await customers.findOne({ ...mine, external_id: idOrExternalId }));
  if (!found) return undefined;
  const id = String(found['_id']);
  const erasedAt = (found['erased_at'] as Date | undefined) ?? now;
  await customers.updateOne({ _id: id as never }, { $set: { erased_at: erasedAt } });
  await forgetAnswers({ tenant: tenant.id, told: textsOf({ ...found, id }) });
  const days = await daysOfPerson(db, tenant, 'customers', id);
  await mark(db, tenant.id, { days, isSettled: false, timeZone: tenant.timeZone });
  const counts: Record<string, number> = {};
  for (const fact of CUSTOMER_FACTS) counts[fact.dataType] = await detach(db, fact, tenant.id, pointer('Customer', id));
  await db.collection('app_departed').deleteOne({ tenant: tenant.id, population: 'customers', person: id });
  await customers.updateOne(
    { _id: id as never },
    {
      $unset: unset(CUSTOMER_TEXTS),
      $set: { _updated_at: now },
    },
  );
  await mark(db, tenant.id, { days, isSettled: true, timeZone: tenant.timeZone });
  return { id, counts };
}

/** Removes what analytics knows of a user; the row in `_User` is the accounts' to delete, before this call. */
export async function eraseUserFigures(db: Db, tenant: TenantSettings, userId: string): Promise<void> {
  const days = await daysOfPerson(db, tenant, 'users', userId);
  await mark(db, tenant.id, { days, isSettled: false, timeZone: tenant.timeZone });
  // What he wrote about himself also has his id in its ACL and its key. A row is in one of the two: one that comes between
  // them would lose its name to the second and keep the rest.
  for (const { className, field, personal } of USER_FACTS) {
    const facts = db.collection<{ _rperm: string[] }>(className);
    const his = { _p_tenant: pointer('Tenant', tenant.id), [`_p_${field}`]: pointer('_User', userId) };
    const name = unset([`_p_${field}`, ...personal]);
    await facts.updateMany(
      { ...his, _rperm: userId },
      { $pull: { _rperm: userId }, $unset: { ...name, unique_key: '' } },
    );
    await facts.updateMany({ ...his, _rperm: { $ne: userId } }, { $unset: name });
  }
  await db.collection('app_user_seen').deleteMany({ tenant: tenant.id, user_id: userId });
  await db.collection('app_departed').deleteOne({ tenant: tenant.id, population: 'users', person: userId });
  await mark(db, tenant.id, { days, isSettled: true, timeZone: tenant.timeZone });
}

/** Tenants whose facts name the user. */
export async function tenantsOfUser(db: Db, userId: string): Promise<string[]> {
  const seen = await db.collection('app_user_seen').distinct('tenant', { user_id: userId });
  const tenants = new Set(seen.map(String));
  for (const { className, field } of USER_FACTS) {
    const named = await db.collection(className).distinct('_p_tenant', { [`_p_${field}`]: pointer('_User', userId) });
    for (const tenant of named) tenants.add(idOf(tenant) ?? '');
  }
  tenants.delete('');
  return [...tenants];
}

async function detach(
  db: Db,
  { className, field, personal }: NamingFact,
  tenantId: string,
  value: string,
): Promise<number> {
  const column = `_p_${field}`;
  const filter = { _p_tenant: pointer('Tenant', tenantId), [column]: value };
  return (await db.collection(className).updateMany(filter, { $unset: unset([column, ...personal]) })).modifiedCount;
}

const unset = (names: readonly string[]): Record<string, ''> => Object.fromEntries(names.map((name) => [name, '']));

/** From the facts as well as from the derived rows, which may lag behind. */
async function daysOfPerson(db: Db, tenant: TenantSettings, population: Population, person: string): Promise<string[]> {
  const mine = { _p_tenant: pointer('Tenant', tenant.id) };
  const sources: [string, string, Record<string, unknown>][] = [];
  const [naming, target] = population === 'customers' ? [CUSTOMER_FACTS, 'Customer'] : [USER_FACTS, '_User'];
  for (const { className, field, dateField } of naming) {
    if (dateField) sources.push([className, dateField, { ...mine, [`_p_${field}`]: pointer(target, person) }]);
  }
  if (population === 'customers') sources.push(['Customer', 'registered_at', { ...mine, _id: person }]);
  sources.push(['app_departed', 'start_at', { tenant: tenant.id, population, person }]);
  const days = new Set<string>();
  for (const [collection, field, filter] of sources) {
    for await (const fact of db
      .collection(collection)
      .find(filter)
      .project({ [field]: 1 })) {
      const value: unknown = fact[field];
      if (value instanceof Date) days.add(dayInZone(value.getTime(), tenant.timeZone));
    }
  }
  const derived = { tenant: tenant.id, population, person };
  for (const day of await db.collection('app_person_day').distinct('day', derived)) days.add(String(day));
  const seen = { tenant: tenant.id, user_id: person };
  if (population === 'users') {
    for (const day of await db.collection('app_user_seen').distinct('day', seen)) days.add(String(day));
  }
  return [...days];
}
