import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log';
import { observeSettled } from './due.metrics';
import type { Settlement, PumpedTable } from './due.types';

const TRIES = 6;

/** Settles what ends, in batches: while one statement runs the next gathers. */
export class Settler {
  private waiting: Settlement[] = [];
  private writing: Promise<void> | undefined;

  constructor(
    private readonly table: PumpedTable,
    private readonly log: Log,
    private readonly onSettled: (rows: readonly Settlement[]) => void,
  ) {}

  add(settlement: Settlement): void {
    this.waiting.push(settlement);
    // Behind what ends in the same turn of the event loop.
    this.writing ??= Promise.resolve().then(() => this.writeAll());
  }

  /** All that was added is written, or given up to the end of its lease. */
  async settled(): Promise<void> {
    await this.writing;
  }

  private async writeAll(): Promise<void> {
    while (this.waiting.length) {
      const batch = this.waiting;
      this.waiting = [];
      await this.write(batch);
      this.onSettled(batch);
    }
    this.writing = undefined;
  }

  private async write(batch: readonly Settlement[]): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        const settled = await this.table.settle(batch);
        observeSettled(this.table.name, batch, settled);
        return;
      } catch (error) {
        // A statement that did happen finds no lease the next time: nothing is settled twice.
        if (tries === TRIES) {
          this.log.error({ err: error, table: this.table.name }, 'Rows could not be settled; they run again.');
          return;
        }
        await sleep(200 * tries);
      }
    }
  }
}
