/** Platform administrators: who holds one of these may not be touched by a plain admin, only by himself or a super admin. */
export const PRIVILEGED_ROLES = ['super_admin', 'admin'] as const;
export const TENANT_ROLES = ['tenant:owner', 'tenant:admin', 'tenant:member'] as const;

/**
 * Platform roles of the business, by name. A feature adds its own by
 * `declare module '../../core/roles' { interface BusinessRoles { analyst: true } }`, and lists them in `roles`.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- features fill it
export interface BusinessRoles {}

type PlatformRole = (typeof PRIVILEGED_ROLES)[number] | keyof BusinessRoles;
export type Role = PlatformRole | (typeof TENANT_ROLES)[number];

let platform: readonly PlatformRole[] = PRIVILEGED_ROLES;

/** Once, at boot. @throws Error when two features claim a role, or one the frame's own */
export function collectRoles(features: readonly { roles?: readonly (keyof BusinessRoles)[] }[]): void {
  const roles = [...PRIVILEGED_ROLES, ...features.flatMap((feature) => feature.roles ?? [])];
  const doubled = roles.find((role, at) => roles.indexOf(role) !== at);
  if (doubled !== undefined) throw new Error(`Two features claim the role "${String(doubled)}".`);
  platform = roles;
}

/** Roles that hold in every tenant: the administrators, then those of the features in their order. */
export function platformRoles(): readonly PlatformRole[] {
  return platform;
}
