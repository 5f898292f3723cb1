import { config } from '../../core/config';
import type { Loop } from '../../core/loop';
import { putIncoming } from './incoming.due';
import { leftBehind, removeOld } from './incoming.store';
import { offersDone } from './offer';

const SWEEP_MS = 5_000;
/** Longer than it takes to hand one over. */
const PATIENCE_MS = 5_000;
const SWEEP_BATCH = 1_000;
const TRIM_MS = 600_000;
const TRIM_BATCH = 500;
const DAY_MS = 86_400_000;

export const incomingLoops: readonly Loop[] = [
  {
    name: 'incoming.sweep',
    role: 'worker',
    everyMs: SWEEP_MS,
    run: () => sweepIncoming(new Date()),
  },
  { name: 'incoming.trim', role: 'worker', everyMs: TRIM_MS, run: (signal) => trimIncoming(new Date(), signal) },
  // Nothing by itself: at the end of the process it hands over what was just stored.
  { name: 'incoming.offers', role: 'web', everyMs: TRIM_MS, run: () => offersDone(), end: () => offersDone() },
];

/** What was stored by a process that died, or could not be handed over. */
async function sweepIncoming(now: Date): Promise<void> {
  await putIncoming(await leftBehind(new Date(now.getTime() - PATIENCE_MS), SWEEP_BATCH));
}

/** Webhooks are kept as long as the events that they became. */
async function trimIncoming(now: Date, signal?: AbortSignal): Promise<void> {
  const before = new Date(now.getTime() - config().eventRetentionDays * DAY_MS);
  while (!signal?.aborted && (await removeOld(before, TRIM_BATCH)) > 0);
}
