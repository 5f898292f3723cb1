import type { Ctx } from '../../core/context';
import { log } from '../../core/log';
import type { Loop } from '../../core/loop';
import { analyticsStore } from './analytics.store';
import type { FoldResult, TenantSettings } from './analytics.store.types';
import { forgetSettings, settingsOf, tenantOf } from './tenant.service';
import { flushUsage } from './usage.service';

/**
 * A live change shows within ten seconds: the pass under way, a rest, the poll, the pass that folds it,
 * and the seconds for which an answer is kept (`cacheSeconds` of the contracts).
 */
export const FRESHNESS = {
  pollMs: 1_000,
  /** One pass over all tenants; each gets its part, and at least one small slice. */
  passMs: 1_000,
  /** Folding takes a tenth of the time, or more where a longer rest would make the figures late. */
  longestRestMs: 2_000,
};
const REST_FACTOR = 9;
const FRESH_LIMIT_MS = 10_000;
const AUDITED_DAYS = 3;

/**
 * Recomputes all marked days of a tenant before it returns, waiting for another process that
 * folds the same tenant. The derived figures then contain everything committed before the call.
 */
export function foldNow(tenantId: string): Promise<FoldResult> {
  return foldTogether(tenantId, Infinity);
}

/** {@link foldNow}, given up after ten seconds: the answer is then as fresh as it is. */
export async function foldWithinLimit(tenantId: string): Promise<void> {
  const folded = foldTogether(tenantId, FRESH_LIMIT_MS).catch((error: unknown) => {
    log().error({ err: error, tenant: tenantId }, 'Folding for a fresh answer failed.');
  });
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, FRESH_LIMIT_MS);
  });
  await Promise.race([folded, limit]);
  clearTimeout(timer);
}

interface Folding {
  running: Promise<FoldResult>;
  /** Has not read the marks yet, so it serves everybody who asks meanwhile. */
  next: Promise<FoldResult> | undefined;
}

const foldings = new Map<string, Folding>();

/** However many ask at once, one fold runs and one waits: each holds a connection while it waits for its turn. */
function foldTogether(tenantId: string, budgetMs: number): Promise<FoldResult> {
  const folding = foldings.get(keyOf(tenantId, budgetMs));
  if (folding) {
    folding.next ??= folding.running.then(
      () => startFold(tenantId, budgetMs),
      () => startFold(tenantId, budgetMs),
    );
    return folding.next;
  }
  return startFold(tenantId, budgetMs);
}

const keyOf = (tenantId: string, budgetMs: number): string => `${budgetMs}:${tenantId}`;

function startFold(tenantId: string, budgetMs: number): Promise<FoldResult> {
  const key = keyOf(tenantId, budgetMs);
  const fold = async (): Promise<FoldResult> => {
    await flushUsage();
    return analyticsStore().fold(await presentSettings(tenantId), { mode: 'all', budgetMs });
  };
  const folding: Folding = { running: fold(), next: undefined };
  foldings.set(key, folding);
  const forget = (): void => {
    if (foldings.get(key) === folding && !folding.next) foldings.delete(key);
  };
  folding.running.then(forget, forget);
  return folding.running;
}

/**
 * The tenant of an answer, its figures brought up to now where the client asks for that.
 * @throws AppError NOT_FOUND, VALIDATION_ERROR
 */
export async function readableTenant(ctx: Ctx, named: string | undefined): Promise<TenantSettings> {
  const tenant = await tenantOf(ctx, named);
  if (ctx.fresh) await foldWithinLimit(tenant.id);
  return tenant;
}

/** Folds what is due, the newest marks first; gives way where another process is folding the tenant. */
export async function foldTenant(tenantId: string, budgetMs = FRESHNESS.passMs): Promise<FoldResult> {
  return analyticsStore().fold(await presentSettings(tenantId), { mode: 'due', budgetMs });
}

/** A changed zone must be seen: the marks that tell of it would go, and the old days stay. */
function presentSettings(tenantId: string): Promise<TenantSettings> {
  forgetSettings(tenantId);
  return settingsOf(tenantId);
}

/** Folds what is due of every tenant; a tenant that fails does not stop the others. */
export async function foldAll(signal?: AbortSignal): Promise<void> {
  const tenantIds = (await analyticsStore().tenantsWithMarks()).filter(isRested);
  for (const tenantId of tenantIds) {
    if (signal?.aborted) return;
    const startedAt = performance.now();
    await foldOrReport(tenantId, FRESHNESS.passMs / tenantIds.length);
    rest(tenantId, Math.min((performance.now() - startedAt) * REST_FACTOR, FRESHNESS.longestRestMs));
  }
}

const failing = new Set<string>();

async function foldOrReport(tenantId: string, budgetMs: number): Promise<void> {
  try {
    await foldTenant(tenantId, budgetMs);
    failing.delete(tenantId);
  } catch (error) {
    // Tried again every few seconds, but told once.
    if (!failing.has(tenantId)) log().error({ err: error, tenant: tenantId }, 'Folding failed; its marks stay.');
    failing.add(tenantId);
  }
}

const restingUntil = new Map<string, number>();

function isRested(tenantId: string): boolean {
  return (restingUntil.get(tenantId) ?? 0) <= performance.now();
}

function rest(tenantId: string, ms: number): void {
  // Short pauses end before the next poll; keeping them would only grow the map.
  if (ms > FRESHNESS.pollMs) restingUntil.set(tenantId, performance.now() + ms);
  else restingUntil.delete(tenantId);
}

/** In every process: without a worker the figures follow all the same. */
export const foldLoop: Loop = { name: 'analytics.fold', everyMs: FRESHNESS.pollMs, run: foldAll };

/** Throws a tenant's derived rows away and derives them again: the same rows. */
export async function rebuildTenant(tenantId: string): Promise<FoldResult> {
  return analyticsStore().rebuild(await presentSettings(tenantId));
}

/**
 * Recomputes a few random days of every tenant. A derived row that was wrong although its day
 * bore no mark is a fault of ours: it is mended by this very fold, and logged as an error.
 * @returns tenants with a difference
 */
export async function auditFigures(signal?: AbortSignal): Promise<string[]> {
  const store = analyticsStore();
  const faulty: string[] = [];
  for (const tenantId of await store.tenantIds()) {
    if (signal?.aborted) break;
    await foldNow(tenantId);
    const isMarked = await markedDays(tenantId);
    const days = (await store.sampleDays(tenantId, AUDITED_DAYS)).filter((day) => !isMarked.has(day));
    if (!days.length) continue;
    const { changed } = await store.foldDays(await settingsOf(tenantId), days);
    const isMarkedMeanwhile = await markedDays(tenantId);
    if (!changed || days.some((day) => isMarkedMeanwhile.has(day))) continue;
    faulty.push(tenantId);
    log().error({ tenant: tenantId, days, rows: changed }, 'Derived figures differed from the facts; mended.');
  }
  return faulty;
}

async function markedDays(tenantId: string): Promise<Set<string>> {
  return new Set((await analyticsStore().markedDays(tenantId)).map(({ day }) => day));
}
