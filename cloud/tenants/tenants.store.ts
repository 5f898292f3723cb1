import Parse from 'parse/node';
import { database } from '../../core/database/database';
import { adminRole, memberRole } from '../../core/schema/acl';
import { log } from '../../core/log';
import { knownSettings, type MemberRole, type TenantSettings } from './tenants.rules';

/** What others need to know of a tenant. */
export interface TenantFacts {
  id: string;
  name: string;
  slug: string;
  status: 'active' | 'suspended';
  ownerId: string | undefined;
  settings: TenantSettings;
  /** Requests a minute for the whole tenant. */
  rateLimit: number | undefined;
}

export interface Member {
  userId: string;
  role: MemberRole;
}

/**
 * Tenants are read before anybody is signed in, and written by services that have checked the
 * caller: hence the master key, here and nowhere else in this feature.
 */
const asServer = { useMasterKey: true } as const;
const MAX_ROWS = 100_000;

function pointerTo(className: string, id: string): Parse.Object {
  const pointer = new Parse.Object(className);
  pointer.id = id;
  return pointer;
}

export async function findTenant(by: { id: string } | { slug: string }): Promise<TenantFacts | undefined> {
  const query = new Parse.Query('Tenant');
  const found = await ('id' in by ? query.equalTo('objectId', by.id) : query.equalTo('slug', by.slug)).first(asServer);
  return found && toFacts(found);
}

export async function findTenants(ids: readonly string[]): Promise<TenantFacts[]> {
  const found = await new Parse.Query('Tenant')
    .containedIn('objectId', [...ids])
    .limit(ids.length)
    .find(asServer);
  return found.map(toFacts);
}

export async function lastChangedTenants(limit: number): Promise<TenantFacts[]> {
  return (await new Parse.Query('Tenant').descending('updatedAt').limit(limit).find(asServer)).map(toFacts);
}

export function countTenants(): Promise<number> {
  return new Parse.Query('Tenant').count(asServer);
}

export async function listTenants(): Promise<TenantFacts[]> {
  const tenants: TenantFacts[] = [];
  await new Parse.Query('Tenant').eachBatch((batch) => void tenants.push(...batch.map(toFacts)), asServer);
  return tenants;
}

export async function saveTenant(
  id: string | undefined,
  fields: { name?: string; slug?: string; settings?: TenantSettings; ownerId?: string },
): Promise<string> {
  const tenant = id ? pointerTo('Tenant', id) : new Parse.Object('Tenant');
  const { ownerId, ...plain } = fields;
  for (const [key, value] of Object.entries(plain)) if (value !== undefined) tenant.set(key, value);
  if (ownerId) tenant.set('owner', pointerTo('_User', ownerId));
  await tenant.save(null, asServer);
  return tenant.id!;
}

/** Members and admins read the tenant's row, platform admins change it; written raw because the id comes with the save. */
export async function writeTenantAcl(tenantId: string): Promise<void> {
  const read = ['role:admin', `role:${memberRole(tenantId)}`, `role:${adminRole(tenantId)}`];
  const db = database();
  if (db.kind === 'postgres') {
    await db.pool.query('update "Tenant" set _rperm = $2, _wperm = $3 where "objectId" = $1', [
      tenantId,
      read,
      ['role:admin'],
    ]);
    return;
  }
  await db.db
    .collection<{ _id: string }>('Tenant')
    .updateOne({ _id: tenantId }, { $set: { _rperm: read, _wperm: ['role:admin'] } });
}

export async function findMember(tenantId: string, userId: string): Promise<MemberRole | undefined> {
  const found = await memberQuery(tenantId, userId).first(asServer);
  return found?.get('role') as MemberRole | undefined;
}

export async function listMembers(tenantId: string): Promise<Member[]> {
  const rows = await new Parse.Query('TenantMember')
    .equalTo('tenant', pointerTo('Tenant', tenantId))
    .limit(MAX_ROWS)
    .find(asServer);
  return rows.map((row) => ({ userId: userIdOf(row) ?? '', role: row.get('role') as MemberRole }));
}

/** Tenants that the person is a member of. */
export async function tenantsOf(userId: string): Promise<string[]> {
  const rows = await new Parse.Query('TenantMember').equalTo('user', pointerTo('_User', userId)).find(asServer);
  return rows.flatMap((row) => tenantIdOf(row) ?? []);
}

/** Role of each person in the tenant named beside, where there is one. */
export async function memberRoles(
  people: readonly { userId: string; tenantId: string | undefined }[],
): Promise<Map<string, MemberRole>> {
  const rows = await new Parse.Query('TenantMember')
    .containedIn(
      'user',
      people.map(({ userId }) => pointerTo('_User', userId)),
    )
    .limit(MAX_ROWS)
    .find(asServer);
  const tenantOf = new Map(people.map(({ userId, tenantId }) => [userId, tenantId]));
  const roles = new Map<string, MemberRole>();
  for (const row of rows) {
    const userId = userIdOf(row)!;
    if (tenantOf.get(userId) === tenantIdOf(row)) roles.set(userId, row.get('role') as MemberRole);
  }
  return roles;
}

export async function saveMember(tenantId: string, userId: string, role: MemberRole): Promise<void> {
  const row = (await memberQuery(tenantId, userId).first(asServer)) ?? new Parse.Object('TenantMember');
  if (row.get('role') === role) return;
  if (!row.id) row.set({ tenant: pointerTo('Tenant', tenantId), user: pointerTo('_User', userId) });
  await row.set('role', role).save(null, asServer);
}

export async function deleteMembers(userId: string, tenantId?: string): Promise<void> {
  const query = new Parse.Query('TenantMember').equalTo('user', pointerTo('_User', userId));
  if (tenantId) query.equalTo('tenant', pointerTo('Tenant', tenantId));
  for (const row of await query.find(asServer)) await row.destroy(asServer);
}

/** Undefined when there is no such person; an empty object for one without a tenant. */
export async function findUserTenant(userId: string): Promise<{ tenantId?: string | undefined } | undefined> {
  const user = await new Parse.Query(Parse.User).equalTo('objectId', userId).select('tenant').first(asServer);
  return user && { tenantId: tenantIdOf(user) };
}

export async function setUserTenant(userId: string, tenantId: string): Promise<void> {
  const user = Parse.User.createWithoutData(userId);
  await user.set('tenant', pointerTo('Tenant', tenantId)).save(null, asServer);
}

export const tenantIdOf = (row: Parse.Object): string | undefined => idOf(row.get('tenant'));
export const userIdOf = (row: Parse.Object): string | undefined => idOf(row.get('user'));

/** Inside triggers a pointer that was just set is still plain JSON. */
function idOf(pointer: unknown): string | undefined {
  const { id, objectId } = (pointer ?? {}) as { id?: string; objectId?: string };
  return id ?? objectId;
}

function memberQuery(tenantId: string, userId: string): Parse.Query {
  return new Parse.Query('TenantMember')
    .equalTo('tenant', pointerTo('Tenant', tenantId))
    .equalTo('user', pointerTo('_User', userId));
}

function toFacts(row: Parse.Object): TenantFacts {
  return {
    id: row.id!,
    name: row.get('name') as string,
    slug: row.get('slug') as string,
    status: row.get('status') as TenantFacts['status'],
    ownerId: (row.get('owner') as { id?: string } | undefined)?.id,
    settings: settingsOf(row),
    rateLimit: row.get('rate_limit') as number | undefined,
  };
}

/** Tenants of which it was said already. */
const warned = new Set<string>();

function settingsOf(row: Parse.Object): TenantSettings {
  const stored: unknown = row.get('settings');
  const settings = knownSettings(stored);
  const { time_zone: timeZone, currency } = (stored ?? {}) as Partial<TenantSettings>;
  const isOther =
    (timeZone ?? settings.time_zone) !== settings.time_zone || (currency ?? settings.currency) !== settings.currency;
  if (isOther && !warned.has(row.id!)) {
    warned.add(row.id!);
    log().warn(
      { tenant: row.id, timeZone, currency },
      'A tenant has a zone or a currency that is not known: days go by UTC, money is not told by default.',
    );
  }
  return settings;
}
