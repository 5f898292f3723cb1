import type { Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import { isPlatformAdmin } from '../../core/context';
import { forgetAnswers } from '../../core/idempotency';
import { forgetInEvents } from '../../core/events/forget';
import { forgetMailsTo } from '../../core/mail/mail.store';
import { eraseCustomersAgain, eraseUserFigures } from '../analytics/forgetting.service';
import { removeFilesOf } from '../files/files.service';
import { closedBefore, destroyUser, findUser, tenantIdOf } from './accounts.store';
import * as store from './erasure.store';
import { leave } from './leave.service';
import { addressOf } from './recovery.service';
import { idFor, targetOf } from './users.service';

const DAY_MS = 86_400_000;
/** How long a closed account's data is kept before it is erased. */
const RETENTION_DAYS = 30;
/** An erasure older than this is nobody's any more. */
const CUT_OFF_MS = 60_000;
const BATCH = 200;

/**
 * Removes the person: the account with its sessions, roles and memberships, and what the figures
 * know of him. Resumed by {@link purgeClosed} when it is cut off.
 * @throws AppError NOT_FOUND, FORBIDDEN, CONFLICT for the last administrator
 */
export async function eraseUser(
  ctx: Ctx,
  userId: string,
): Promise<{ success: true; user_id: string; erased_at: string }> {
  const id = idFor(ctx, userId);
  const earlier = await store.findErasure(id);
  if (earlier?.erasedAt && isPlatformAdmin(ctx.actor)) return proof(id, earlier.erasedAt);
  const user = await targetOf(ctx, id);
  const erasedAt = await erase(ctx, id, tenantIdOf(user));
  return proof(id, erasedAt);
}

/** Accounts closed longer ago than the retention time, and erasures that were cut off. Returns how many it erased. */
export async function purgeClosed(ctx: Ctx): Promise<number> {
  const now = ctx.clock.now().getTime();
  let erased = 0;
  for (const { userId, tenantId, onlyIfGone } of await store.unfinishedErasures(new Date(now - CUT_OFF_MS))) {
    if (onlyIfGone && (await findUser(userId))) {
      await store.forgetErasure(userId);
      continue;
    }
    await erase(ctx, userId, tenantId);
    erased += 1;
  }
  await eraseAgain(ctx, new Date(now - DAY_MS));
  const limit = new Date(now - RETENTION_DAYS * DAY_MS);
  for (let ids = await closedBefore(limit, BATCH); ids.length; ids = await closedBefore(limit, BATCH)) {
    for (const id of ids) {
      const user = await findUser(id);
      await erase(ctx, id, user && tenantIdOf(user));
      erased += 1;
    }
  }
  return erased;
}

/** A person who deletes the own account through Parse: before the row goes, and after it. */
export async function beginDeletion(ctx: Ctx, userId: string, tenantId: string | undefined): Promise<void> {
  await store.recordErasure(userId, tenantId, ctx.clock.now(), { onlyIfGone: true });
}

/** What cannot be done now, {@link purgeClosed} finishes. */
export async function finishDeletion(ctx: Ctx, userId: string): Promise<void> {
  const begun = await store.findErasure(userId);
  if (!begun || begun.erasedAt || !begun.onlyIfGone) return;
  await erase(ctx, userId, begun.tenantId).catch((error: unknown) =>
    ctx.log.error({ err: error, user_id: userId }, 'An erasure waits for the next purge.'),
  );
}

/** Each step may be repeated: the record comes first, the proof last. */
async function erase(ctx: Ctx, userId: string, tenantId: string | undefined): Promise<Date> {
  await store.recordErasure(userId, tenantId, ctx.clock.now());
  const addresses: string[] = [];
  try {
    const user = await findUser(userId);
    if (user) {
      addresses.push(addressOf(user));
      await forgetMailsTo(addressOf(user));
      await destroyUser(userId);
    } else await leave(ctx, userId);
  } catch (error) {
    if (error instanceof AppError && error.status < 500) await store.forgetErasure(userId);
    throw error;
  }
  await forgetAnswers({ owner: userId, told: [userId, ...addresses] });
  await removeTraces(userId, tenantId);
  const erasedAt = ctx.clock.now();
  await store.completeErasure(userId, erasedAt);
  return erasedAt;
}

async function removeTraces(userId: string, tenantId: string | undefined): Promise<void> {
  await removeFilesOf(userId);
  await store.disownJobs(userId);
  await forgetInEvents({ population: 'users', id: userId });
  if (tenantId) await eraseUserFigures(tenantId, userId);
}

/**
 * Erases once more who was erased since then. Whoever writes rows that name a person looks afterwards whether the person
 * is still there; this is for those that died between the two, and for bulk writes, which look when they are done.
 * @param tenantId for one tenant's customers alone
 */
export async function eraseAgain(ctx: Ctx, since: Date, tenantId?: string): Promise<void> {
  await eraseCustomersAgain(since, tenantId);
  for (const { userId, tenantId: ownTenantId } of await store.erasedSince(since)) {
    await leave(ctx, userId);
    await forgetAnswers({ owner: userId, told: [userId] });
    await removeTraces(userId, ownTenantId);
  }
}

function proof(userId: string, erasedAt: Date): { success: true; user_id: string; erased_at: string } {
  return { success: true, user_id: userId, erased_at: erasedAt.toISOString() };
}
