import type Parse from 'parse/node';
import { roleStore } from '../../core/auth/role.store';
import { barrierOf, type Barrier } from '../../core/auth/standing';
import { tenantById } from '../tenants/tenants.service';
import { tenantIdOf } from './accounts.store';

/** Why an account may not work; undefined when it may. */
export async function barrierOfUser(user: Parse.Object): Promise<Barrier | undefined> {
  const tenantId = tenantIdOf(user);
  return barrierOf({
    userStatus: user.get('status') as string | undefined,
    tenantStatus: tenantId && (await tenantById(tenantId))?.status,
    roleNames: (await roleStore().namesOf([user.id!])).get(user.id!) ?? [],
  });
}
