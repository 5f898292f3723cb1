import { setTimeout as sleep } from 'node:timers/promises';
import { gathered } from '../../core/gathered';
import { writeAttempts, type AttemptChange } from './attempt.store';

const TRIES = 3;
const PAUSE_MS = 200;

/** Writes what became of tries, many in one statement; returns when it is stored. */
export async function writeAttempt(change: AttemptChange): Promise<void> {
  await write([change]);
}

const write = gathered(async (changes: readonly AttemptChange[]): Promise<readonly AttemptChange[]> => {
  for (let tries = 1; ; tries += 1) {
    try {
      await writeAttempts(changes);
      return changes;
    } catch (error) {
      // What is not written down is sent again: a short outage is waited for.
      if (tries === TRIES) throw error;
      await sleep(PAUSE_MS * tries);
    }
  }
});
