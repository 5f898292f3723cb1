import { leaveAllRoles } from '../../core/auth/role.store';
import { forgetSession, forgetTenantPeople, forgetUser } from '../../core/auth/session';
import { suspended } from '../../core/auth/standing';
import { AppError } from '../../core/errors';
import { takeOverAccountMail } from '../../core/parse/account-mail';
import { aclOf } from '../../core/schema/acl';
import type { TriggerCall, TriggerRegistry } from '../../core/triggers';
import { defaultTenantId, removeMember } from '../tenants/tenants.service';
import { endAccess, endSession, endTenantAccess } from './access.service';
import { normaliseEmail, normaliseUsername } from './accounts.rules';
import { setTenant, tenantIdOf } from './accounts.store';
import { beginAdminRemoval, endAdminRemoval } from './admin-guard';
import { assertFieldValues, assertMayDelete, assertMaySave } from './client-guard';
import * as recovery from './recovery.service';
import { refreshStore } from './refresh.store';
import { barrierOfUser } from './standing.service';

/** What holds for accounts through every door: SDK, REST, batch, GraphQL, dashboard and our services. */
export function registerAccountTriggers(registry: TriggerRegistry): void {
  const { requestPasswordReset, requestEmailVerification, confirmEmail, expectVerification, startVerification } =
    recovery;
  takeOverAccountMail({
    requestPasswordReset,
    requestEmailVerification,
    confirmPasswordReset: (ctx, token, password) => recovery.confirmPasswordReset(ctx, { token, password }),
    confirmEmail,
    expectVerification,
    startVerification,
  });
  registry.on('_User', 'beforeLogin', refuseInactive);
  registry.on('_User', 'beforeSave', prepareUser);
  registry.on('_User', 'afterSave', followUser);
  registry.on('_User', 'beforeDelete', prepareDelete);
  registry.on('_User', 'afterDelete', cleanUp);
  registry.on('Tenant', 'afterSave', followTenant);
  registry.on('_Role', 'beforeSave', refuseClients);
  registry.on('_Role', 'beforeDelete', refuseClients);
  registry.on('_Session', 'afterLogout', async ({ ctx, object }) => {
    if (!object.id) return;
    forgetSession(object.id);
    await endSession(object.id, ctx.clock.now());
  });
}

/** Roles decide about everything: they change through updateUser and memberships, which check who asks. */
function refuseClients({ isMaster }: TriggerCall): void {
  if (!isMaster) throw new AppError('FORBIDDEN', 'Roles are changed through the accounts.');
}

async function refuseInactive({ object }: TriggerCall): Promise<void> {
  const barrier = await barrierOfUser(object);
  // As if there were none: who closed an account left nothing to be told of.
  if (barrier === 'deleted') throw new AppError('INVALID_CREDENTIALS', 'Invalid username/password.');
  if (barrier) throw suspended(barrier);
}

/** The row refuses its people from now on; their sessions end as well, for what reads no tenant: LiveQuery, files. */
async function followTenant({ ctx, object }: TriggerCall): Promise<void> {
  if (object.get('status') === 'suspended') await endTenantAccess(object.id!, ctx.clock.now());
  else forgetTenantPeople(object.id!);
}

async function prepareUser(call: TriggerCall): Promise<void> {
  const { ctx, object, original, isMaster } = call;
  if (!isMaster) await assertMaySave(call);
  assertFieldValues(object, original);
  normaliseNames(call);
  if (!original) {
    if (!object.get('type')) object.set('type', 'self');
    if (!object.get('status')) object.set('status', 'active');
    if (!tenantIdOf(object)) setTenant(object, await defaultTenantId());
    // Private; Parse adds the person, whose id the save gives.
    object.setACL(aclOf({ read: ['role:admin'], write: ['role:admin'] }));
    return;
  }
  const [before, after] = [original.get('status') as unknown, object.get('status') as unknown];
  if (before === after) return;
  if (after === 'deleted') object.set('deleted_at', ctx.clock.now());
  else object.unset('deleted_at');
  if (after !== 'active') await beginAdminRemoval(object.id!);
}

async function followUser({ ctx, object, original }: TriggerCall): Promise<void> {
  if (!original) return;
  const userId = object.id!;
  const [before, after] = [original.get('status') as unknown, object.get('status') as unknown];
  if (before !== after && after !== 'active') {
    await endAdminRemoval(userId);
    await endAccess(userId, ctx.clock.now());
  }
  // Status, tenant, and the sessions that Parse ended with the password.
  forgetUser(userId);
}

async function prepareDelete(call: TriggerCall): Promise<void> {
  if (!call.isMaster) await assertMayDelete(call);
  await beginAdminRemoval(call.object.id!);
}

async function cleanUp({ ctx, object }: TriggerCall): Promise<void> {
  const userId = object.id!;
  await endAdminRemoval(userId);
  await endAccess(userId, ctx.clock.now());
  await refreshStore().removeOf(userId);
  await leaveAllRoles(userId);
  await removeMember({ ...ctx, actor: { kind: 'system', name: 'accounts.delete' } }, { userId });
}

function normaliseNames({ object, original, isMaster }: TriggerCall): void {
  const given: unknown = object.get('email');
  let email = typeof given === 'string' && given ? normaliseEmail(given) : undefined;
  const username: unknown = object.get('username');
  const isNewName = !original || object.dirty('username') || object.dirty('email');
  if (email && email !== given) object.set('email', email);
  // Nobody has proved the new one, unless the server says so itself.
  const isVouchedFor = isMaster && object.dirty('emailVerified');
  if (original && email !== original.get('email') && !isVouchedFor) object.set('emailVerified', false);
  if (!isNewName || typeof username !== 'string') return;
  // Parse SDKs often sign up with the address as the only name.
  if (!original && !email && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(username.trim())) {
    email = normaliseEmail(username);
    object.set('email', email);
  }
  const name = normaliseUsername(username, email);
  if (name !== username) object.set('username', name);
}
