import type { z } from 'zod';
import type { Ctx } from '../context';
import { AppError, toFailureRecord } from '../errors';
import { GiveUpError, PostponeError } from '../queue/outcomes';
import { withoutNul } from '../queue/job-options';
import { rankOf } from './classes';
import type { DueBatchHandler, DueError, DueHandler, DueRun, HandledRow, LeasedRow, PumpedTable } from './due.types';
import type { Settler } from './settler';

type Answer = Error | undefined;

/** Starts beyond a row's tries whose processes died: then it is the row that kills them. */
const MAX_DEATHS = 10;
const MAX_BACKOFF_MS = 86_400_000;

/** Runs rows and says how each lease ends. */
export class RowRunner {
  private readonly running = new Set<AbortController>();

  constructor(
    private readonly table: PumpedTable,
    private readonly ctx: Ctx,
    private readonly signal: AbortSignal,
    private readonly settler: Settler,
  ) {
    // One listener for all rows: a listener a row would cost more than the row.
    signal.addEventListener('abort', () => this.running.forEach((limit) => limit.abort(signal.reason)));
  }

  /** Hands back untouched what has not begun when `isEnding` becomes true. */
  async run(rows: readonly LeasedRow[], isEnding: () => boolean): Promise<void> {
    const { handler, concurrency } = this.table.settings;
    const groups = typeof handler === 'function' ? rows.map((row) => [row]) : chunks(rows, handler.size);
    let next = 0;
    const loop = async (): Promise<void> => {
      while (next < groups.length) {
        const group = groups[next++]!;
        if (isEnding()) await this.handBack(group);
        else await this.runGroup(group);
      }
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, groups.length) }, loop));
  }

  private async handBack(rows: readonly LeasedRow[]): Promise<void> {
    const at = await this.table.now();
    for (const row of rows) this.settler.add({ ...held(row), outcome: 'postponed', at, isFree: true });
  }

  private async runGroup(group: readonly LeasedRow[]): Promise<void> {
    const payload = this.table.settings.payload as z.ZodType;
    const fit: { row: LeasedRow; handled: HandledRow<unknown> }[] = [];
    for (const row of group) {
      const parsed = payload.safeParse(row.payload);
      const { token: _token, ...rest } = row;
      if (this.triesLeft(row) <= -MAX_DEATHS)
        await this.end(row, new GiveUpError('The processes that worked on this row died.'));
      else if (!parsed.success) await this.end(row, new GiveUpError('The payload does not match the table.'));
      else fit.push({ row, handled: { ...rest, payload: parsed.data } });
    }
    if (!fit.length) return;
    const answers = await this.ask(fit.map(({ handled }) => handled));
    for (const [index, { row }] of fit.entries()) await this.end(row, answers[index]);
  }

  private async ask(rows: readonly HandledRow<unknown>[]): Promise<readonly Answer[]> {
    const { handler, timeoutMs } = this.table.settings;
    const limit = new AbortController();
    const timer = setTimeout(
      () => limit.abort(new AppError('TIMEOUT', `The row did not end within ${timeoutMs} ms.`)),
      timeoutMs,
    );
    this.running.add(limit);
    if (this.signal.aborted) limit.abort(this.signal.reason);
    const over = new Promise<never>((_resolve, reject) => {
      const giveUp = (): void => reject(asError(limit.signal.reason));
      if (limit.signal.aborted) giveUp();
      else limit.signal.addEventListener('abort', giveUp);
    });
    over.catch(() => undefined);
    const run: DueRun = { signal: limit.signal, isLastAttempt: rows.every((row) => this.triesLeft(row) <= 0) };
    try {
      return await Promise.race([call(handler, this.ctxOf(rows), rows, run), over]);
    } catch (error) {
      return rows.map(() => asError(error));
    } finally {
      clearTimeout(timer);
      this.running.delete(limit);
    }
  }

  /** A batch may be of many tenants: then its context is of none. */
  private ctxOf(rows: readonly HandledRow<unknown>[]): Ctx {
    const { tenant } = rows[0]!;
    const isOne = rows.every((row) => row.tenant === tenant);
    return Object.create(this.ctx, {
      tenantId: { value: (isOne && tenant) || undefined, enumerable: true },
    }) as Ctx;
  }

  private async end(row: LeasedRow, answer: Answer): Promise<void> {
    const now = (await this.table.now()).getTime();
    const lease = held(row);
    if (!answer) return this.settler.add({ ...lease, outcome: 'done' });
    if (answer instanceof PostponeError)
      return this.settler.add({ ...lease, outcome: 'postponed', at: answer.until, isFree: true });
    if (this.signal.aborted) return this.handBack([row]);
    const error = recordOf(answer);
    if (answer instanceof GiveUpError || this.triesLeft(row) <= 0) return this.bury(row, answer, error);
    const pauseMs = Math.min(MAX_BACKOFF_MS, this.table.settings.backoffMs * 2 ** (row.attempts - 1));
    this.settler.add({ ...lease, outcome: 'postponed', at: new Date(now + pauseMs), error });
  }

  private async bury(row: LeasedRow, cause: Error, error: DueError): Promise<void> {
    const { onBuried } = this.table.settings;
    this.ctx.log.warn({ err: cause, table: this.table.name, key: row.key }, 'A due row was buried.');
    try {
      // Before the settlement: a crash between them repeats it, and loses nothing.
      const { token: _token, ...rest } = row;
      await onBuried?.(this.ctxOf([rest]), rest, cause);
    } catch (fault) {
      this.ctx.log.error({ err: fault, table: this.table.name }, 'What follows a buried row failed itself.');
    }
    this.settler.add({ ...held(row), outcome: 'buried', error });
  }

  private triesLeft(row: Pick<LeasedRow, 'class' | 'attempts'>): number {
    return this.table.classes[rankOf(row.class)]!.attempts - row.attempts;
  }
}

async function call(
  handler: DueHandler<unknown> | DueBatchHandler<unknown>,
  ctx: Ctx,
  rows: readonly HandledRow<unknown>[],
  run: DueRun,
): Promise<readonly Answer[]> {
  if (typeof handler === 'function') {
    await handler(ctx, rows[0]!, run);
    return [undefined];
  }
  const answers = await handler.run(ctx, rows, run);
  if (answers.length !== rows.length) throw new Error(`${rows.length} rows got ${answers.length} answers.`);
  return answers;
}

function recordOf(error: Error): DueError {
  const { code, message } = toFailureRecord(error);
  // What is no AppError is recorded by its own words: operators read it, not clients.
  const words = code === 'INTERNAL_ERROR' ? error.message : message;
  return { code: error instanceof GiveUpError ? 'GIVEN_UP' : code, message: withoutNul(words).slice(0, 2000) };
}

const held = ({ key, token }: LeasedRow): Pick<LeasedRow, 'key' | 'token'> => ({ key, token });

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function chunks<T>(rows: readonly T[], size: number): T[][] {
  const groups: T[][] = [];
  for (let start = 0; start < rows.length; start += size) groups.push(rows.slice(start, start + size));
  return groups;
}
