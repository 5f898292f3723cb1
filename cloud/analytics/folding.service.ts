import { log } from '../../core/log';
import { startSweeper } from '../../core/sweeper';
import { analyticsStore, type FoldResult } from './analytics.store';
import { forgetSettings, settingsOf } from './tenant.service';
import { flushUsage } from './usage.service';

const POLL_MS = 1_000;
const FRESH_LIMIT_MS = 10_000;
/** Folding in the background takes at most a tenth of the time. */
const PAUSE_FACTOR = 9;
const MAX_PAUSE_MS = 60_000;
const AUDITED_DAYS = 3;

/**
 * Recomputes all marked days of a tenant before it returns, waiting for another process that
 * folds the same tenant. The derived figures then contain everything committed before the call.
 */
export async function foldNow(tenantId: string): Promise<FoldResult> {
  await flushUsage();
  // A changed zone must be seen: folding in the old one would have to be done again.
  forgetSettings(tenantId);
  return analyticsStore().fold(await settingsOf(tenantId), 'all');
}

/** {@link foldNow}, given up after ten seconds: the answer is then as fresh as it is. */
export async function foldWithinLimit(tenantId: string): Promise<void> {
  const folded = foldNow(tenantId).catch((error: unknown) => {
    log().error({ err: error, tenant: tenantId }, 'Folding for a fresh answer failed.');
  });
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, FRESH_LIMIT_MS);
  });
  await Promise.race([folded, limit]);
  clearTimeout(timer);
}

/** Folds what is due; gives way where another process is folding the tenant. */
export async function foldTenant(tenantId: string): Promise<FoldResult> {
  return analyticsStore().fold(await settingsOf(tenantId), 'due');
}

/** Folds what is due of every tenant; a tenant that fails does not stop the others. */
export async function foldAll(signal?: AbortSignal): Promise<void> {
  for (const tenantId of await analyticsStore().tenantsWithMarks()) {
    if (signal?.aborted) return;
    if (!isRested(tenantId)) continue;
    const startedAt = performance.now();
    try {
      await foldTenant(tenantId);
    } catch (error) {
      log().error({ err: error, tenant: tenantId }, 'Folding failed; its marks stay.');
      rest(tenantId, MAX_PAUSE_MS);
      continue;
    }
    rest(tenantId, Math.min((performance.now() - startedAt) * PAUSE_FACTOR, MAX_PAUSE_MS));
  }
}

const restingUntil = new Map<string, number>();

function isRested(tenantId: string): boolean {
  return (restingUntil.get(tenantId) ?? 0) <= performance.now();
}

function rest(tenantId: string, ms: number): void {
  // Short pauses end before the next poll; keeping them would only grow the map.
  if (ms > POLL_MS) restingUntil.set(tenantId, performance.now() + ms);
  else restingUntil.delete(tenantId);
}

/** The background loop; the returned function ends it. */
export function startFolding(): () => Promise<void> {
  return startSweeper({ name: 'analytics.fold', everyMs: POLL_MS, run: foldAll });
}

/** Throws a tenant's derived rows away and derives them again: the same rows. */
export async function rebuildTenant(tenantId: string): Promise<FoldResult> {
  forgetSettings(tenantId);
  return analyticsStore().rebuild(await settingsOf(tenantId));
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
    const marked = new Set(await store.markedDays(tenantId));
    const days = (await store.sampleDays(tenantId, AUDITED_DAYS)).filter((day) => !marked.has(day));
    if (!days.length) continue;
    const { changed } = await store.foldDays(await settingsOf(tenantId), days);
    const markedMeanwhile = await store.markedDays(tenantId);
    if (!changed || days.some((day) => markedMeanwhile.includes(day))) continue;
    faulty.push(tenantId);
    log().error({ tenant: tenantId, days, rows: changed }, 'Derived figures differed from the facts; mended.');
  }
  return faulty;
}
