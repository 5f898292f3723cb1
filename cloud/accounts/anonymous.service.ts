import type Parse from 'parse/node';
import { config } from '../../core/config';
import type { Ctx } from '../../core/context';
import { chargeIp } from '../../core/limits';
import { seenSince } from '../analytics/usage.service';
import { destroyUser } from './accounts.store';
import { anonymousBefore } from './anonymous.store';

const DAY_MS = 86_400_000;
const BATCH = 200;
/** Requests that a new anonymous account costs its address beside its own: nothing else holds such accounts back. */
const SIGN_UP_COST = 4;

/** @throws AppError RATE_LIMITED */
export async function chargeAnonymousSignUp(ctx: Ctx, user: Parse.Object): Promise<void> {
  const { anonymous } = (user.get('authData') ?? {}) as { anonymous?: unknown };
  // Cloud code that makes accounts has no address.
  if (anonymous && ctx.ip) await chargeIp(ctx.ip, SIGN_UP_COST);
}

/** With a password the account is a real one: the id on the device, which asks for none, no longer opens it. */
export function endAnonymity(object: Parse.Object, original: Parse.Object | undefined): void {
  const { anonymous } = (original?.get('authData') ?? {}) as { anonymous?: unknown };
  if (!anonymous || !object.dirty('password')) return;
  object.set('authData', { ...(object.get('authData') as object | undefined), anonymous: null });
}

/**
 * Removes anonymous accounts that are older than the configured time and were not used within it.
 * The figures of the past stay as they are. Returns how many.
 */
export async function purgeAnonymous(ctx: Ctx): Promise<number> {
  const { keepDays } = config().anonymousUsers;
  if (keepDays === undefined) return 0;
  const limit = new Date(ctx.clock.now().getTime() - keepDays * DAY_MS);
  const next = (afterId: string) => anonymousBefore(limit, afterId, BATCH);
  let removed = 0;
  for (let batch = await next(''); batch.length; batch = await next(batch.at(-1)!.id)) {
    const ids = batch.filter(({ hasProvider }) => !hasProvider).map(({ id }) => id);
    const used = new Set(await seenSince(ids, limit.toISOString().slice(0, 10)));
    for (const id of ids.filter((candidate) => !used.has(candidate))) {
      await destroyUser(id);
      removed += 1;
    }
  }
  return removed;
}
