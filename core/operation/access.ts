import { config } from '../config';
import { hasAnyRole, isPlatformAdmin, type Actor, type Ctx } from '../context';
import { AppError } from '../errors';
import type { Access, Contract } from './contract';

/**
 * Refuses before the body is read: nobody uploads 100 MB to hear 403. A caller who may only touch
 * what is his own passes here and is checked by {@link authorizeSelf}.
 */
export function authorize(contract: Contract, ctx: Ctx): void {
  const { access } = contract;
  // Of a signature the body decides: it is verified once that is read.
  if (access.kind === 'public' || access.kind === 'signed') return;
  if (access.kind === 'operator' && config().opsRoutesPublic) return;
  const { actor } = ctx;
  if (actor.kind === 'system' || actor.kind === 'master') return;
  if (actor.kind === 'anonymous') throw new AppError('UNAUTHORIZED', 'Log in first.');
  if (access.kind === 'key') {
    authorizeKey(access, actor);
    return;
  }
  if (actor.kind !== 'user') throw new AppError('FORBIDDEN', 'This is for people who have logged in.');
  if (access.kind === 'user') return;
  if (access.kind === 'operator') {
    if (!isPlatformAdmin(actor)) throw forbidden();
    return;
  }
  if (!hasAnyRole(actor, access.roles) && !access.selfParam) throw forbidden();
}

function authorizeKey({ scopes, roles = [] }: Access & { kind: 'key' }, actor: Actor): void {
  if (actor.kind !== 'key') {
    if (!hasAnyRole(actor, roles)) throw forbidden();
    return;
  }
  const missing = scopes.filter((scope) => !actor.scopes.includes(scope));
  if (missing.length) throw new AppError('FORBIDDEN', `The API key lacks: ${missing.join(', ')}.`);
}

/** The second half for `selfParam`: the input names the caller, or the caller has a role. */
export function authorizeSelf(contract: Contract, actor: Actor, input: unknown): void {
  const { access } = contract;
  if (access.kind !== 'roles' || !access.selfParam || actor.kind !== 'user') return;
  if (hasAnyRole(actor, access.roles)) return;
  const named = (input as Record<string, unknown>)[access.selfParam];
  if (named !== actor.userId && named !== 'me') throw forbidden();
}

function forbidden(): AppError {
  return new AppError('FORBIDDEN', 'Your roles do not allow this.');
}
