import Parse from 'parse/node';
import { prepareName } from '../../core/auth/names';
import { containsName } from '../../core/auth/password-text';
import { forgetTenantPeople, dropCachedUser } from '../../core/auth/session';
import { suspended } from '../../core/auth/standing';
import { systemClock } from '../../core/clock';
import { AppError } from '../../core/errors';
import { forgetAnswers } from '../../core/idempotency';
import { forgetMailsTo } from '../../core/mail/mail.store';
import { takeOverAccountMail } from '../../core/parse/account-mail';
import { guardLogins } from '../../core/parse/logins';
import { followSessionEnds } from '../../core/parse/session-ends';
import type { TriggerCall, TriggerRegistry } from '../../core/triggers';
import { defaultTenantId } from '../tenants/tenants.service';
import { endAccess, endTenantAccess, followEnd } from './access.service';
import { normaliseEmail, normaliseUsername } from './accounts.rules';
import { findUser, setTenant, tenantIdOf } from './accounts.store';
import { beginAdminRemoval, endAdminRemoval } from './admin-guard';
import { keepAccountAcl } from './account-acl';
import { chargeAnonymousSignUp, endAnonymity } from './anonymous.service';
import { assertFieldValues, assertMayDelete, assertMaySave } from './client-guard';
import { isStillPasswordOf, mendHash } from './credentials.store';
import { beginDeletion, finishDeletion } from './erasure.service';
import { leave } from './leave.service';
import * as recovery from './recovery.service';
import { registerRoleGuard } from './role-guard';
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
  guardLogins({
    loggedIn: mendHash,
    isStillRight: isStillPasswordOf,
    assertMayLogIn: async (userId) => {
      const user = await findUser(userId);
      if (user) await assertActive(user);
    },
  });
  followSessionEnds((what) => followEnd(what, systemClock.now()));
  registry.on('_User', 'beforeLogin', ({ object }) => assertActive(object));
  registry.on('_User', 'beforeSave', prepareUser);
  registry.on('_User', 'afterSave', followUser);
  registry.on('_User', 'beforeDelete', prepareDelete);
  registry.on('_User', 'afterDelete', cleanUp);
  registerRoleGuard(registry);
  registry.on('Tenant', 'afterSave', followTenant);
  registry.on('_User', 'beforeFind', hideFromAnonymous);
}

async function assertActive(user: Parse.Object): Promise<void> {
  const barrier = await barrierOfUser(user);
  // As if there were none: who closed an account left nothing to be told of.
  if (barrier === 'deleted') throw new AppError('INVALID_CREDENTIALS', 'Invalid username/password.');
  if (barrier) throw suspended(barrier);
}

/** The row refuses its people from now on; their sessions end as well, for what reads no tenant: LiveQuery, files. */
async function followTenant({ ctx, object }: TriggerCall): Promise<void> {
  if (object.get('status') === 'suspended') await endTenantAccess(object.id!, ctx.clock.now());
  else forgetTenantPeople(object.id!);
}

/** People who are opened to the public are read by their id and where a row names them, but are no list for strangers. */
function hideFromAnonymous({ ctx, query }: TriggerCall): void {
  const { objectId } = (query!.toJSON().where ?? {}) as { objectId?: unknown };
  const isById = typeof objectId === 'string' || Array.isArray((objectId as { $in?: unknown } | undefined)?.$in);
  if (ctx.actor.kind === 'anonymous' && !isById) query!.equalTo('objectId', '');
}

async function prepareUser(call: TriggerCall): Promise<void> {
  const { ctx, object, original, isMaster } = call;
  if (!isMaster) await assertMaySave(call);
  endAnonymity(object, original);
  assertFieldValues(object, original);
  normaliseNames(call);
  assertPasswordFitsName(object);
  keepAccountAcl(call);
  if (!original) {
    await chargeAnonymousSignUp(ctx, object);
    if (!object.get('type')) object.set('type', 'self');
    if (!object.get('status')) object.set('status', 'active');
    if (!tenantIdOf(object)) setTenant(object, await defaultTenantId());
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
  dropCachedUser(userId);
}

async function prepareDelete(call: TriggerCall): Promise<void> {
  const { ctx, object, isMaster } = call;
  if (!isMaster) await assertMayDelete(call);
  await beginAdminRemoval(object.id!);
  if (!isMaster) await beginDeletion(ctx, object.id!, tenantIdOf(object));
}

async function cleanUp({ ctx, object, isMaster }: TriggerCall): Promise<void> {
  await endAdminRemoval(object.id!);
  await leave(ctx, object.id!);
  if (isMaster) return;
  const address = recovery.addressOf(object);
  await forgetMailsTo(address);
  await forgetAnswers({ owner: object.id!, told: [object.id!, address] });
  await finishDeletion(ctx, object.id!);
}

function normaliseNames({ object, original, isMaster }: TriggerCall): void {
  const given: unknown = object.get('email');
  let email = typeof given === 'string' && given ? normaliseEmail(given) : undefined;
  const username: unknown = object.get('username');
  const isNewName = !original || object.dirty('username') || object.dirty('email');
  if (email && email !== given) object.set('email', email);
  // Parse SDKs often give the address as the only name, at sign-up and where an anonymous account becomes a real one.
  if (!email && (!original || object.dirty('username')) && isAddress(username)) {
    email = normaliseEmail(username);
    object.set('email', email);
  }
  // Nobody has proved the new one, unless the server says so itself.
  const isVouchedFor = isMaster && object.dirty('emailVerified');
  if (original && email !== original.get('email') && !isVouchedFor) object.set('emailVerified', false);
  if (!isNewName || typeof username !== 'string') return;
  const name = normaliseUsername(username, email);
  if (name !== username) object.set('username', name);
}

/** As Parse Server says it, which compares the letters as they came. */
function assertPasswordFitsName(object: Parse.Object): void {
  const [password, username] = [object.get('password') as unknown, object.get('username') as unknown];
  if (typeof password !== 'string' || typeof username !== 'string' || !username) return;
  if (!containsName(password, username)) return;
  throw new Parse.Error(Parse.Error.VALIDATION_ERROR, 'Password cannot contain your username.');
}

const isAddress = (username: unknown): username is string =>
  typeof username === 'string' && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(prepareName(username));
