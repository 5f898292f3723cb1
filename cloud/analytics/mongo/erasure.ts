import type { Db } from 'mongodb';
import { dayInZone } from '../../../values/zone';
import type { Erased, Population, TenantSettings } from '../analytics.store';
import { forgetAnswers } from '../../../core/idempotency';
import { textsOf } from '../customer-texts';
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
  const [purchases, subscriptions, events] = [
    await detach(db, 'Purchase', '_p_customer', tenant.id, pointer('Customer', id)),
    await detach(db, 'Subscription', '_p_customer', tenant.id, pointer('Customer', id)),
    await detach(db, 'Event', '_p_customer', tenant.id, pointer('Customer', id), ['properties']),
  ];
  await db.collection('app_departed').deleteOne({ tenant: tenant.id, population: 'customers', person: id });
  const empty = ['external_id', 'name', 'email', 'phone', 'tags', 'segments', 'registered_at', 'unique_key'];
  await customers.updateOne(
    { _id: id as never },
    {
      $unset: Object.fromEntries(empty.map((field) => [field, ''])),
      $set: { _updated_at: now },
    },
  );
  await mark(db, tenant.id, { days, isSettled: true, timeZone: tenant.timeZone });
  return { id, purchases, subscriptions, events };
}

/** Removes what analytics knows of a user; the row in `_User` is the accounts' to delete, before this call. */
export async function eraseUserFigures(db: Db, tenant: TenantSettings, userId: string): Promise<void> {
  const days = await daysOfPerson(db, tenant, 'users', userId);
  await mark(db, tenant.id, { days, isSettled: false, timeZone: tenant.timeZone });
  // What he wrote about himself also has his id in its ACL and its key. A row is in one of the two: one that comes between
  // them would lose its name to the second and keep the rest.
  const events = db.collection<{ _rperm: string[] }>('Event');
  const his = { _p_tenant: pointer('Tenant', tenant.id), _p_user: pointer('_User', userId) };
  const name = { _p_user: '', properties: '' } as const;
  await events.updateMany(
    { ...his, _rperm: userId },
    { $pull: { _rperm: userId }, $unset: { ...name, unique_key: '' } },
  );
  await events.updateMany({ ...his, _rperm: { $ne: userId } }, { $unset: name });
  await db.collection('app_user_seen').deleteMany({ tenant: tenant.id, user_id: userId });
  await db.collection('app_departed').deleteOne({ tenant: tenant.id, population: 'users', person: userId });
  await mark(db, tenant.id, { days, isSettled: true, timeZone: tenant.timeZone });
}

/** Tenants whose facts name the user. */
export async function tenantsOfUser(db: Db, userId: string): Promise<string[]> {
  const seen = await db.collection('app_user_seen').distinct('tenant', { user_id: userId });
  const events = await db.collection('Event').distinct('_p_tenant', { _p_user: pointer('_User', userId) });
  return [...new Set([...seen.map(String), ...events.flatMap((tenant) => idOf(tenant) ?? [])])];
}

/** @param personal fields that may tell of the person by themselves: they go as well */
async function detach(
  db: Db,
  collection: string,
  column: string,
  tenantId: string,
  value: string,
  personal: readonly string[] = [],
): Promise<number> {
  const filter = { _p_tenant: pointer('Tenant', tenantId), [column]: value };
  const emptied = Object.fromEntries([column, ...personal].map((name) => [name, '']));
  return (await db.collection(collection).updateMany(filter, { $unset: emptied })).modifiedCount;
}

/** From the facts as well as from the derived rows, which may lag behind. */
async function daysOfPerson(db: Db, tenant: TenantSettings, population: Population, person: string): Promise<string[]> {
  const mine = { _p_tenant: pointer('Tenant', tenant.id) };
  const sources: [string, string, Record<string, unknown>][] =
    population === 'customers'
      ? [
          ['Purchase', 'purchased_at', { ...mine, _p_customer: pointer('Customer', person) }],
          ['Subscription', 'started_at', { ...mine, _p_customer: pointer('Customer', person) }],
          ['Customer', 'registered_at', { ...mine, _id: person }],
        ]
      : [['Event', 'timestamp', { ...mine, _p_user: pointer('_User', person) }]];
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
