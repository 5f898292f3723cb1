import { config } from '../config';
import { lt, oneOf } from '../database/kit/where';
import type { Loop } from '../loop';
import { settleIntents } from './deletions';
import { dispatchRecorded } from './dispatch';
import { showUndispatched } from './event.metrics';
import { eventRows } from './event.store';
import { hintsDone } from './hints';
import { allInTurn } from './in-turn';
import { movePending } from './mover';
import { sourceClasses } from './sources';

const SWEEP_MS = 1000;
/** Rows carry events past their hint only where a process died: each look asks every class that has a source. */
const CARRIERS_MS = 10_000;
const CHORES_MS = 60_000;
const DAY_MS = 86_400_000;
const TRIM_BATCH = 2000;

let carriersAt = -Infinity;

/** The promise behind the hints: what a row carries is recorded, and what is recorded reaches its consumers. */
export const eventSweep: Loop = {
  name: 'events.sweep',
  role: 'worker',
  firstMs: 500,
  everyMs: SWEEP_MS,
  run: (signal) => {
    const isTime = performance.now() - carriersAt >= CARRIERS_MS;
    if (isTime) carriersAt = performance.now();
    const moves = isTime ? sourceClasses().map((name) => () => movePending(name)) : [];
    return allInTurn([...moves, () => dispatchRecorded(signal)], signal);
  },
  end: hintsDone,
};

export const eventChores: Loop = {
  name: 'events.chores',
  role: 'worker',
  firstMs: 5000,
  everyMs: CHORES_MS,
  run: (signal) =>
    allInTurn(
      [
        () => settleIntents(),
        async () => showUndispatched(await eventRows.count({ state: 'recorded' })),
        () => trimEvents(new Date(), signal),
      ],
      signal,
    ),
};

/** Removes events beyond EVENT_RETENTION_DAYS that all consumers were told of. */
export async function trimEvents(now: Date, signal?: AbortSignal): Promise<void> {
  const before = new Date(now.getTime() - config().eventRetentionDays * DAY_MS);
  while (!signal?.aborted) {
    const old = await eventRows.page(
      { state: 'dispatched', recorded_at: lt(before) },
      { by: 'recorded_at', limit: TRIM_BATCH },
    );
    if (old.length) await eventRows.remove({ id: oneOf(old.map(({ id }) => id)) });
    if (old.length < TRIM_BATCH) return;
  }
}
