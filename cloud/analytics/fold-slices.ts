import type { FoldLimits, FoldResult, MarkedDay } from './analytics.store.types';

/** The first slice is small: the newest marks are most likely a live change that somebody waits for. */
const FIRST_SLICE_DAYS = 4;
const MAX_SLICE_DAYS = 1_000;
/** How long a slice should take: about so long may a live change wait for a fold that is under way. */
const SLICE_MS = 1_000;

export type ChooseDays = (marked: readonly MarkedDay[]) => string[];

/**
 * Folds in slices of days, so that a live change never waits for all days of a large import: before
 * each slice the marks are read again, and the newest come first, whoever made them. Ends when each
 * day that was marked at the beginning has been folded, or when the time is up.
 * @param foldSlice folds what `choose` gives of the days marked now, newest first; no days: the end
 */
export async function foldInSlices(
  { mode, budgetMs }: FoldLimits,
  foldSlice: (choose: ChooseDays) => Promise<FoldResult>,
): Promise<FoldResult> {
  const startedAt = performance.now();
  const total: FoldResult = { days: 0, changed: 0 };
  let size = FIRST_SLICE_DAYS;
  let waiting: Set<string> | undefined;
  const choose: ChooseDays = (marked) => {
    // A mark that a slice before kept for later is not due, and no longer waited for.
    const foldable = marked.filter(({ day, isDue }) => isDue || (mode === 'all' && waiting?.has(day) !== false));
    waiting ??= new Set(foldable.map(({ day }) => day));
    if (!waiting.size) return [];
    const chosen = foldable.slice(0, size).map(({ day }) => day);
    for (const day of chosen) waiting.delete(day);
    return chosen;
  };
  for (;;) {
    const sliceStartedAt = performance.now();
    const { days, changed } = await foldSlice(choose);
    if (!days) return total;
    total.days += days;
    total.changed += changed;
    const now = performance.now();
    if (now - startedAt >= budgetMs) return total;
    size = nextSize(size, now - sliceStartedAt);
  }
}

/** Grows also where a slice is slow but not far too slow: then it is the slice that costs, not its days. */
function nextSize(size: number, tookMs: number): number {
  const factor = tookMs < SLICE_MS / 2 ? 4 : tookMs < SLICE_MS ? 2 : tookMs < 2 * SLICE_MS ? 1 : 0.5;
  return Math.min(Math.max(size * factor, FIRST_SLICE_DAYS), MAX_SLICE_DAYS);
}
