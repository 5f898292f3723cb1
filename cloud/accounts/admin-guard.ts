import { takeSeat } from '../../core/lease/lease';
import { namedSeat } from '../../core/lease/seat';
import { roleStore } from '../../core/auth/role.store';
import { PRIVILEGED_ROLES } from '../../core/roles';
import { AppError } from '../../core/errors';

const seat = namedSeat('accounts.last-admin');
/** Longer than any write between the check and its effect; freed by time when the writer dies. */
const HOLD_MS = 15_000;
const WAIT_MS = 5_000;

/**
 * Call before an administrator is deleted, suspended or demoted, and {@link endAdminRemoval} after
 * it is done. From here to there nobody else's removal is decided, so that two of the last
 * administrators cannot remove each other at the same time. Costs one read for everybody else.
 * @throws AppError CONFLICT when no administrator, or no super administrator, would be left
 */
export async function beginAdminRemoval(userId: string): Promise<void> {
  const names = (await roleStore().namesOf([userId])).get(userId) ?? [];
  const held = PRIVILEGED_ROLES.filter((role) => names.includes(role));
  if (!held.length) return;
  await takeSeat(seat, { token: userId, holdMs: HOLD_MS, waitMs: WAIT_MS });
  // Without a super admin nobody could make one again.
  const successors = await roleStore().activeMembers(held.includes('super_admin') ? ['super_admin'] : PRIVILEGED_ROLES);
  if (successors.some((id) => id !== userId)) return;
  await seat.release(userId);
  throw new AppError('CONFLICT', 'The last administrator stays: make another one first.');
}

/** After the removal took effect, or failed. Does nothing when nothing was begun. */
export async function endAdminRemoval(userId: string): Promise<void> {
  await seat.release(userId);
}
