import { PRIVILEGED_ROLES } from '../roles';
import { AppError } from '../errors';

/** What decides whether an account may work at present. */
export interface Standing {
  userStatus: string | undefined;
  tenantStatus: string | undefined;
  roleNames: readonly string[];
}

export type Barrier = 'deleted' | 'suspended' | 'tenant-suspended';

/**
 * Why an account may not work; undefined when it may. One rule for signing in, for refreshing and
 * for every request. A suspended tenant stops its people, not the platform's administrators.
 */
export function barrierOf(standing: Standing): Barrier | undefined {
  const { userStatus, tenantStatus, roleNames } = standing;
  if (userStatus === 'deleted') return 'deleted';
  if (userStatus === 'suspended') return 'suspended';
  if (tenantStatus === 'suspended' && !PRIVILEGED_ROLES.some((role) => roleNames.includes(role)))
    return 'tenant-suspended';
  return undefined;
}

/** What everybody hears who is kept out by a suspension. */
export function suspended(barrier: Exclude<Barrier, 'deleted'>): AppError {
  return new AppError('FORBIDDEN', barrier === 'suspended' ? 'The account is suspended.' : 'The tenant is suspended.');
}
