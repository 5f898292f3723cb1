import type { Loop } from '../loop';
import { showCount } from './due.metrics';
import { dueTables, type AnyDueTable } from './registry';
import { wakePump } from './pump.job';

const TICK_MS = 1000;
const CHORES_MS = 60_000;
const TRIM_BATCH = 5_000;
/** The rows of a state that are read for the metrics at most. */
const MAX_COUNT = 100_000;
/** What is done or cancelled is most of the table, and asks nothing of anybody. */
const COUNTED = ['waiting', 'ready', 'leased', 'buried'] as const;
const DAY_MS = 86_400_000;
const KEEP_DAYS = { done: 7, buried: 30 };

/** The promise behind the hints: what is due is worked on, whatever the queue has lost. */
export const dueTick: Loop = { name: 'due.tick', role: 'worker', firstMs: 500, everyMs: TICK_MS, run: tickDue };

/** Counts for the metrics, and removes what was settled long ago. */
export const tidyDueRows: Loop = { name: 'due.tidy', role: 'worker', everyMs: CHORES_MS, run: tidy };

async function tickDue(): Promise<void> {
  for (const table of dueTables()) {
    const now = await table.now();
    const at = await table.store.nextAt(now);
    if (!at || at > now) continue;
    // Every slot: the first may be held by a process that died, and is so until its lock ends.
    for (let slot = 0; slot < table.settings.pumps; slot += 1) await wakePump(table, slot);
  }
}

async function tidy(signal: AbortSignal): Promise<void> {
  for (const table of dueTables()) {
    await trimDue(table, signal);
    for (const state of COUNTED) showCount(table.name, state, await table.store.count(state, MAX_COUNT));
  }
}

export async function trimDue(table: AnyDueTable, signal?: AbortSignal): Promise<void> {
  const now = (await table.now()).getTime();
  const days = { ...KEEP_DAYS, ...table.settings.keepDays };
  const before = { done: new Date(now - days.done * DAY_MS), buried: new Date(now - days.buried * DAY_MS) };
  while (!signal?.aborted && (await table.store.trim(before, TRIM_BATCH)) === TRIM_BATCH);
}
