import type { Role } from '../../../core/roles';
import { createPerson, createTenant, type Person } from '../../factories/people';

/** Everybody who may come to a door. `master` has no account and comes through Parse only. */
export const ACTORS = [
  'anonymous',
  'plain user',
  'tenant:member',
  'tenant:admin',
  'tenant:owner',
  'analyst',
  'support',
  'sales',
  'admin',
  'super_admin',
  'suspended',
  'other tenant',
  'master',
] as const;
export type ActorName = (typeof ACTORS)[number];

/** Roles by which an operation's access is judged; undefined for those without an account in force. */
export const ROLES_OF: Record<ActorName, readonly Role[] | undefined> = {
  anonymous: undefined,
  // Belongs to the default tenant without a membership of it.
  'plain user': [],
  'tenant:member': ['tenant:member'],
  'tenant:admin': ['tenant:admin'],
  'tenant:owner': ['tenant:owner'],
  // Platform roles give no look into a tenant; these people are members of it besides.
  analyst: ['analyst', 'tenant:member'],
  support: ['support', 'tenant:member'],
  sales: ['sales', 'tenant:member'],
  admin: ['admin'],
  // The Parse role super_admin is inside admin.
  super_admin: ['super_admin', 'admin'],
  suspended: undefined,
  'other tenant': ['tenant:admin'],
  master: undefined,
};

export interface Cast {
  tenantId: string;
  otherTenantId: string;
  people: Record<Exclude<ActorName, 'anonymous' | 'master'>, Person>;
}

/** One account for each actor: most in one tenant, `other tenant` as the administrator of another. */
export async function createCast(): Promise<Cast> {
  const [tenantId, otherTenantId] = [await createTenant(), await createTenant()];
  const within = (roles: readonly Role[]): Promise<Person> => createPerson({ roles, tenant: tenantId });
  return {
    tenantId,
    otherTenantId,
    people: {
      'plain user': await createPerson(),
      'tenant:member': await within(['tenant:member']),
      'tenant:admin': await within(['tenant:admin']),
      'tenant:owner': await within(['tenant:owner']),
      analyst: await within(['analyst', 'tenant:member']),
      support: await within(['support', 'tenant:member']),
      sales: await within(['sales', 'tenant:member']),
      admin: await within(['admin']),
      super_admin: await within(['super_admin']),
      suspended: await createPerson({ tenant: tenantId, status: 'suspended' }),
      'other tenant': await createPerson({ roles: ['tenant:admin'], tenant: otherTenantId }),
    },
  };
}

export function personOf(cast: Cast, actor: ActorName): Person | undefined {
  return actor === 'anonymous' || actor === 'master' ? undefined : cast.people[actor];
}
