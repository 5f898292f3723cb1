import Parse from 'parse/node';
import { AppError } from '../../core/errors';
import type { TriggerCall } from '../../core/triggers';

const ADMINS = 'role:admin';

/**
 * Who may read an account is the person's choice, also at sign-up; who may write it is not: the
 * person, and administrators, whom no ACL keeps out. What others see of an opened account, the
 * class's protected fields say. Cloud code with the master key may let others write.
 * @throws AppError FORBIDDEN
 */
export function keepAccountAcl({ object, original, isMaster }: TriggerCall): void {
  if (original && !object.dirty('ACL')) return;
  const given = object.getACL()?.permissionsById ?? {};
  const wanted: Record<string, { read?: boolean; write?: boolean }> = {};
  for (const [name, access] of Object.entries(given)) {
    if (access.write && !isMaster && name !== object.id && name !== ADMINS) {
      throw new AppError('FORBIDDEN', '"ACL" of an account: others may be allowed to read it, not to write it.');
    }
    wanted[name] = { ...access };
  }
  wanted[ADMINS] = { read: true, write: true };
  // At sign-up Parse adds the person, whose id the save gives.
  if (object.id) wanted[object.id] = { read: true, write: true };
  object.setACL(new Parse.ACL(wanted));
}
