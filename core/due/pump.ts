import { setTimeout as sleep } from 'node:timers/promises';
import type { Ctx } from '../context';
import { toFailureRecord } from '../errors';
import type { LeasedRow, PumpedTable } from './due.types';
import { observeClaims } from './due.metrics';
import { processPhase } from '../process';
import { RowRunner } from './row-runner';
import { Settler } from './settler';

export interface PumpOptions {
  /** Aborted when what runs must end. */
  signal: AbortSignal;
  /** For how long it takes rows, milliseconds. */
  turnMs: number;
  /** A batch was full: there is more than it can take. */
  onFull: () => Promise<void>;
}

/** How much work is taken at a time: what comes meanwhile waits so long at most. */
const BATCH_MS = 200;
const MAX_BATCH = 500;

/** Takes batches of rows, runs them with a bounded concurrency and settles them, until none is ready. */
export class Pump {
  private readonly settler: Settler;
  private readonly runner: RowRunner;
  private readonly held = new Map<string, LeasedRow>();
  private batch: number;

  constructor(
    private readonly table: PumpedTable,
    private readonly ctx: Ctx,
    private readonly options: PumpOptions,
  ) {
    this.settler = new Settler(table, ctx.log, (rows) => rows.forEach(({ key }) => this.held.delete(key)));
    this.runner = new RowRunner(table, ctx, options.signal, this.settler);
    this.batch = table.settings.concurrency;
  }

  /** `more`: its turn was over before the rows were. */
  async run(): Promise<'empty' | 'more'> {
    const until = Date.now() + this.options.turnMs;
    const renewing = setInterval(() => void this.renew(), this.table.settings.leaseMs / 3);
    renewing.unref();
    try {
      let next = this.claim();
      for (;;) {
        const rows = await next;
        if (!rows.length) return 'empty';
        const isFull = rows.length >= this.batch;
        if (isFull) await this.options.onFull();
        const startedAt = performance.now();
        await this.runner.run(rows, () => this.isEnding);
        await this.settler.settled();
        this.fitBatch(rows.length, performance.now() - startedAt);
        if (this.isEnding || Date.now() > until) return 'more';
        next = this.claim();
      }
    } catch (error) {
      // Its rows come back when their leases end; the tick starts the next pump.
      this.ctx.log.error({ err: error, failure: toFailureRecord(error) }, 'A pump of due rows stopped.');
      await sleep(100);
      return 'empty';
    } finally {
      clearInterval(renewing);
    }
  }

  private get isEnding(): boolean {
    return this.options.signal.aborted || processPhase() === 'draining';
  }

  private async claim(): Promise<LeasedRow[]> {
    if (this.isEnding) return [];
    const rows = await this.table.claim(this.batch);
    observeClaims(this.table.name, rows, await this.table.now());
    for (const row of rows) this.held.set(row.key, row);
    return rows;
  }

  /** So many rows that they take about {@link BATCH_MS}: slow ones few, quick ones many. */
  private fitBatch(rows: number, ms: number): void {
    const fitting = Math.round((rows / Math.max(ms, 1)) * BATCH_MS);
    this.batch = Math.min(MAX_BATCH, this.batch * 2, Math.max(this.table.settings.concurrency, fitting));
  }

  private async renew(): Promise<void> {
    const held = [...this.held.values()];
    const renewed = await this.table.renew(held).catch(() => held.length);
    if (renewed < held.length) this.ctx.log.warn({ table: this.table.name }, 'A lease ended before its row did.');
  }
}
