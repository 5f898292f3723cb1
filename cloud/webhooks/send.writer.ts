import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { writeAttempts, type AttemptChange } from './attempt.store';

const TRIES = 3;
const PAUSE_MS = 200;
const MAX_ROWS = 500;

interface Waiting {
  change: AttemptChange;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** Writes what became of tries in batches: while one statement runs the next gathers. */
export class AttemptWriter {
  private waiting: Waiting[] = [];
  private isWriting = false;

  /** Returns when it is stored. */
  write(change: AttemptChange): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ change, resolve, reject });
      if (!this.isWriting) void this.writeAll();
    });
  }

  private async writeAll(): Promise<void> {
    this.isWriting = true;
    // Behind what ends in the same turn of the event loop.
    await nextTurn();
    while (this.waiting.length) await this.writeSome(this.waiting.splice(0, MAX_ROWS));
    this.isWriting = false;
  }

  private async writeSome(some: readonly Waiting[]): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await writeAttempts(some.map(({ change }) => change));
        some.forEach(({ resolve }) => resolve());
        return;
      } catch (error) {
        if (tries === TRIES) {
          some.forEach(({ reject }) => reject(error));
          return;
        }
        await sleep(PAUSE_MS * tries);
      }
    }
  }
}
