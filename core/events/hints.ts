import { setTimeout as sleep } from 'node:timers/promises';
import { log } from '../log';
import { dispatchRecorded } from './dispatch';
import { allInTurn } from './in-turn';
import { movePending } from './mover';

/** What comes within this time is recorded in one step. */
const GATHER_MS = 10;
const LOG_PAUSE_MS = 30_000;

const changed = new Set<string>();
let running: Promise<void> | undefined;
let loggedAt = 0;

/**
 * Says that rows of the class carry events, or, without one, that events were recorded: they are dispatched soon, by
 * this process. Never fails and never waits; the sweep of the workers is the promise behind it.
 */
export function hintEvents(className?: string): void {
  changed.add(className ?? '');
  running ??= work().finally(() => {
    running = undefined;
  });
}

/** What was hinted at so far is on its way, or left to the sweep: for the end of a process. */
export async function hintsDone(): Promise<void> {
  await running;
}

async function work(): Promise<void> {
  while (changed.size) {
    await sleep(GATHER_MS);
    const classes = [...changed];
    changed.clear();
    try {
      const moves = classes.filter(Boolean).map((className) => () => movePending(className));
      await allInTurn([...moves, () => dispatchRecorded()]);
    } catch (error) {
      if (Date.now() - loggedAt < LOG_PAUSE_MS) continue;
      loggedAt = Date.now();
      log().warn({ err: error }, 'Events wait for the sweep.');
    }
  }
}
