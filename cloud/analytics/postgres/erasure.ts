import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../../../core/database/database';
import { daysInZone } from '../../../values/zone';
import type { Erased, TenantSettings } from '../analytics.store.types';
import { CUSTOMER_FACTS, CUSTOMER_TEXTS, USER_FACTS, type NamingFact } from '../personal-facts';
import { forgetAnswers } from '../../../core/idempotency';
import { textsOf, type CustomerTexts } from '../customer-texts';
import { markWith } from './marks';

/**
 * The mark first, seen by whoever saves a row of the customer meanwhile (see `forgetIfErased`); then one transaction: the
 * person is there with everything, or gone with everything.
 */
export async function eraseCustomer(
  pool: Pool,
  tenant: TenantSettings,
  idOrExternalId: string,
  now: Date,
): Promise<Erased | undefined> {
  const { rows } = await pool.query<CustomerTexts & { id: string }>(
    `update "Customer" set erased_at = coalesce(erased_at, $3) where "objectId" =
       (select "objectId" from "Customer" where tenant = $1 and ("objectId" = $2 or external_id = $2)
        order by "objectId" = $2 desc limit 1)
     returning "objectId" as id, external_id, name, email, phone`,
    [tenant.id, idOrExternalId, now],
  );
  const found = rows[0];
  if (!found) return undefined;
  const { id } = found;
  await forgetAnswers({ tenant: tenant.id, told: textsOf(found) });
  return inTransaction(pool, async (client) => {
    await client.query('select from "Customer" where "objectId" = $1 for update', [id]);
    const days = await daysOfPerson(client, tenant, 'customers', id);
    const counts: Record<string, number> = {};
    for (const fact of CUSTOMER_FACTS) counts[fact.dataType] = await detach(client, fact, tenant.id, id);
    await client.query(
      `update "Customer" set ${emptied(CUSTOMER_TEXTS)}, erased_at = coalesce(erased_at, $2), "updatedAt" = $2
       where "objectId" = $1`,
      [id, now],
    );
    await client.query(`delete from app.departed where tenant = $1 and population = 'customers' and person = $2`, [
      tenant.id,
      id,
    ]);
    await markWith(client, tenant.id, { days, isSettled: true, timeZone: tenant.timeZone });
    return { id, counts };
  });
}

/** Removes what analytics knows of a user; the row in `_User` is the accounts' to delete, before this call. */
export async function eraseUserFigures(pool: Pool, tenant: TenantSettings, userId: string): Promise<void> {
  await inTransaction(pool, async (client) => {
    const days = await daysOfPerson(client, tenant, 'users', userId);
    // What he wrote about himself also has his id in its ACL and its key. In one statement: a row that comes between two
    // would lose its name to the second and keep the rest.
    for (const { className, field, personal } of USER_FACTS) {
      await client.query(
        `update "${className}" set ${emptied([field, ...personal])}, _rperm = array_remove(_rperm, $2),
           unique_key = case when $2 = any(_rperm) then null else unique_key end
         where tenant = $1 and "${field}" = $2`,
        [tenant.id, userId],
      );
    }
    await client.query('delete from app.user_seen where tenant = $1 and user_id = $2', [tenant.id, userId]);
    await client.query(`delete from app.departed where tenant = $1 and population = 'users' and person = $2`, [
      tenant.id,
      userId,
    ]);
    await markWith(client, tenant.id, { days, isSettled: true, timeZone: tenant.timeZone });
  });
}

/** Tenants whose facts name the user. */
export async function tenantsOfUser(pool: Pool, userId: string): Promise<string[]> {
  const { rows } = await pool.query<{ tenant: string }>(
    `select tenant from app.user_seen where user_id = $1
     ${USER_FACTS.map(({ className, field }) => `union select tenant from "${className}" where "${field}" = $1 and tenant is not null`).join(' ')}`,
    [userId],
  );
  return rows.map((row) => row.tenant);
}

async function detach(
  client: PoolClient,
  { className, field, personal }: NamingFact,
  tenantId: string,
  id: string,
): Promise<number> {
  const { rowCount } = await client.query(
    `update "${className}" set ${emptied([field, ...personal])} where tenant = $1 and "${field}" = $2`,
    [tenantId, id],
  );
  return rowCount ?? 0;
}

const emptied = (names: readonly string[]): string => names.map((name) => `"${name}" = null`).join(', ');

/** From the facts as well as from the derived rows, which may lag behind. */
async function daysOfPerson(
  client: PoolClient,
  tenant: TenantSettings,
  population: 'users' | 'customers',
  person: string,
): Promise<string[]> {
  // Days of UTC, because only we know the zone's: see daysInZone.
  const naming = population === 'customers' ? CUSTOMER_FACTS : USER_FACTS;
  const facts = [
    ...naming.map(({ className, field, dateField }) => ({ className, field, dateField })),
    ...(population === 'customers' ? [{ className: 'Customer', field: 'objectId', dateField: 'registered_at' }] : []),
  ]
    .filter(({ dateField }) => dateField)
    .map(
      ({ className, field, dateField }) =>
        `select "${dateField}" from "${className}" where tenant = $1 and "${field}" = $2`,
    )
    .join(' union all ');
  const { rows } = await client.query<{ day: string; is_utc: boolean }>(
    `select day::text as day, false as is_utc from app.person_day
       where tenant = $1 and population = $3 and person = $2
     union select day::text, false from app.user_seen where tenant = $1 and user_id = $2 and $3 = 'users'
     union select (instant at time zone 'UTC')::date::text, true from (
       select start_at from app.departed where tenant = $1 and population = $3 and person = $2
       union all ${facts}) facts(instant) where instant is not null`,
    [tenant.id, person, population],
  );
  return [...new Set(rows.flatMap(({ day, is_utc }) => (is_utc ? daysInZone(day, tenant.timeZone) : [day])))];
}
