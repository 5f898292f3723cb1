import { LRUCache } from 'lru-cache';
import { withLease } from '../../core/lease/lease';
import { isPlatformAdmin, type Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import { DEFAULT_TENANT_SLUG, readSettings, type MemberRole } from './tenants.rules';
import * as store from './tenants.store';
import type { TenantFacts } from './tenants.store';

export type { TenantFacts } from './tenants.store';
export type { MemberRole } from './tenants.rules';

/** How old a tenant's settings may be, milliseconds. */
const CACHE_MS = 5000;
const SEED_LEASE = { holdMs: 30_000, waitMs: 40_000 };

const known = new LRUCache<string, TenantFacts>({ max: 10_000, ttl: CACHE_MS });

/** Facts of a tenant, at most 5 s old; undefined when there is none. */
export function tenantById(id: string): Promise<TenantFacts | undefined> {
  return cached(`id:${id}`, { id });
}

/**
 * Tenants for a list that a platform admin reads: those named, in that order, then the ones changed
 * last, `limit` in all; and how many there are.
 */
export async function tenantsForAdmin(
  ctx: Ctx,
  { first, limit }: { first: readonly string[]; limit: number },
): Promise<{ tenants: TenantFacts[]; total: number }> {
  assertPlatformAdmin(ctx);
  const [named, others, total] = await Promise.all([
    store.findTenants(first.slice(0, limit)),
    store.lastChangedTenants(limit),
    store.countTenants(),
  ]);
  const byId = new Map([...named, ...others].map((tenant) => [tenant.id, tenant]));
  const ids = new Set([...first, ...others.map(({ id }) => id)]);
  const tenants = [...ids].flatMap((id) => byId.get(id) ?? []).slice(0, limit);
  return { tenants, total };
}

/** As {@link tenantById}, by the name in addresses. */
export function tenantBySlug(slug: string): Promise<TenantFacts | undefined> {
  return cached(`slug:${slug}`, { slug });
}

/** The tenant that everybody without another belongs to; exists from the first boot on. */
export async function defaultTenantId(): Promise<string> {
  const found = await tenantBySlug(DEFAULT_TENANT_SLUG);
  if (!found) throw new AppError('SERVICE_UNAVAILABLE', 'The default tenant does not exist yet.');
  return found.id;
}

/** @throws AppError FORBIDDEN, VALIDATION_ERROR, CONFLICT when the slug is taken */
export async function createTenant(
  ctx: Ctx,
  input: { name: string; slug: string; settings?: Record<string, unknown>; ownerId?: string },
): Promise<TenantFacts> {
  assertPlatformAdmin(ctx);
  const { name, slug, ownerId } = input;
  const id = await store.saveTenant(undefined, {
    name,
    slug,
    settings: readSettings(input.settings),
    ...(ownerId ? { ownerId } : {}),
  });
  if (ownerId) await store.saveMember(id, ownerId, 'owner');
  return (await store.findTenant({ id }))!;
}

/** Adds a person or changes the role; the roles and the person's tenant follow by the trigger. */
export async function addMember(
  ctx: Ctx,
  input: { tenantId: string; userId: string; role: MemberRole },
): Promise<void> {
  assertPlatformAdmin(ctx);
  await store.saveMember(input.tenantId, input.userId, input.role);
}

/** Ends a membership, or all of a person's. */
export async function removeMember(ctx: Ctx, input: { tenantId?: string; userId: string }): Promise<void> {
  assertPlatformAdmin(ctx);
  await store.deleteMembers(input.userId, input.tenantId);
}

/** What each person is in the tenant named beside: `owner`, `admin` or `member`; absent for none of them. */
export function memberRolesOf(
  people: readonly { userId: string; tenantId: string | undefined }[],
): Promise<Map<string, MemberRole>> {
  return people.length ? store.memberRoles(people) : Promise.resolve(new Map<string, MemberRole>());
}

/** For the seed: the default tenant, made once however many processes boot. */
export async function ensureDefaultTenant(): Promise<TenantFacts> {
  const find = (): Promise<TenantFacts | undefined> => store.findTenant({ slug: DEFAULT_TENANT_SLUG });
  const existing = await find();
  if (existing) return existing;
  return withLease('seed.default-tenant', SEED_LEASE, async () => {
    const made = await find();
    if (made) return made;
    await store.saveTenant(undefined, {
      name: 'Default',
      slug: DEFAULT_TENANT_SLUG,
      settings: readSettings(undefined),
    });
    return (await find())!;
  });
}

/** Names the owner, who becomes a member of that role. */
export async function setOwner(ctx: Ctx, tenantId: string, userId: string): Promise<void> {
  assertPlatformAdmin(ctx);
  await store.saveMember(tenantId, userId, 'owner');
  await store.saveTenant(tenantId, { ownerId: userId });
}

/** After a change, for this process; others see it when their entry ends. */
export function forgetTenant(id: string): void {
  for (const [key, tenant] of known.entries()) if (tenant.id === id) known.delete(key);
}

async function cached(key: string, by: { id: string } | { slug: string }): Promise<TenantFacts | undefined> {
  const hit = known.get(key);
  if (hit) return hit;
  const found = await store.findTenant(by);
  if (found) known.set(key, found);
  return found;
}

function assertPlatformAdmin(ctx: Ctx): void {
  if (!isPlatformAdmin(ctx.actor)) throw new AppError('FORBIDDEN', 'Only platform administrators manage tenants.');
}
