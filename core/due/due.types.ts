import type { z } from 'zod';
import type { PoolClient } from 'pg';
import type { Ctx } from '../context';
import type { JOB_CLASSES } from '../job';

export type DueClass = keyof typeof JOB_CLASSES;

/**
 * `waiting`: its time has not come. `ready`: to be taken. `leased`: somebody works on it, until his lease ends.
 * The others are settled: `done`, `cancelled`, and `buried` (given up, with the error; it can be revived).
 */
export const DUE_STATES = ['waiting', 'ready', 'leased', 'done', 'buried', 'cancelled'] as const;
export type DueState = (typeof DUE_STATES)[number];

/** A row as it is handed in. */
export interface NewDueRow {
  /** Unique in its table for as long as the row is kept: a second row with the key is dropped. */
  key: string;
  /** Tenants take turns; empty for none. @defaultValue '' */
  tenant?: string;
  /** @defaultValue normal */
  class?: DueClass;
  /** @defaultValue now */
  dueAt?: Date;
  /** Ids only, under 10 kB as JSON. @defaultValue {} */
  payload?: unknown;
}

/** A row that was taken. */
export interface LeasedRow {
  key: string;
  tenant: string;
  class: DueClass;
  dueAt: Date;
  /** Starts so far, this one included; a start whose process died counts. */
  attempts: number;
  payload: unknown;
  /** Whoever took it; a settlement needs it. */
  token: string;
}

/** What a row keeps of its last failure. */
export interface DueError {
  code: string;
  message: string;
}

/** The end of one lease. */
export type Settlement = Pick<LeasedRow, 'key' | 'token'> &
  (
    | { outcome: 'done' }
    /** Not now: again at `at`. `isFree`: the start does not count as one. */
    | { outcome: 'postponed'; at: Date; isFree?: boolean; error?: DueError }
    | { outcome: 'buried'; error: DueError }
  );

/** Rows of a tenant and class that are ready; `rank`: place of the class, highest first. */
export interface Lane {
  rank: number;
  tenant: string;
}

/** Takes up to `want` rows of a lane, the longest due first. */
export interface Share extends Lane {
  want: number;
}

/** Where the rows of one table lie. Knows nothing of fairness, tries and handlers; time is the caller's. */
export interface DueStore {
  /** Inserts what is not there; how many were new. `client`: within the caller's transaction (PostgreSQL only). */
  insert(rows: readonly StoredRow[], client?: PoolClient): Promise<number>;
  /** Makes ready what waited for its time, and what a lease that ended left behind; how many. */
  promote(now: Date, limit: number): Promise<number>;
  /** For each class up to `limit` tenants that have ready rows, in order, from `after` on and round to it. */
  lanes(after: readonly string[], limit: number): Promise<Lane[]>;
  /** No row is taken twice, however many ask at once. */
  take(shares: readonly Share[], lease: { token: string; until: Date }): Promise<LeasedRow[]>;
  /** Ends leases that are still held; how many were. */
  settle(settlements: readonly Settlement[], now: Date): Promise<number>;
  /** Prolongs leases that are still held; how many were. */
  renew(rows: readonly Pick<LeasedRow, 'key' | 'token'>[], now: Date, until: Date): Promise<number>;
  /** Waiting and ready rows only: what is worked on goes on. How many. */
  cancel(keys: readonly string[], now: Date): Promise<number>;
  /** Buried rows become ready, with all their tries. How many. */
  revive(keys: readonly string[], now: Date): Promise<number>;
  /** Up to `limit` of the rows that were buried until then become ready, the longest buried first. How many. */
  reviveBuried(until: Date, now: Date, limit: number): Promise<number>;
  /** Keys of buried rows, the last one first. */
  buried(page: { skip: number; limit: number }): Promise<BuriedRef[]>;
  /** When there is something to do: now, later, or never. */
  nextAt(now: Date): Promise<Date | undefined>;
  /** Rows in a state; reads `limit` of them at most, and then says `limit`. */
  count(state: DueState, limit: number): Promise<number>;
  /** The tenants with the most rows that are not settled. */
  busiest(limit: number): Promise<{ tenant: string; count: number }[]>;
  find(key: string): Promise<FoundRow | undefined>;
  /** Removes rows that were settled before; how many. */
  trim(before: { done: Date; buried: Date }, limit: number): Promise<number>;
}

/** A buried row, and when it was. */
export interface BuriedRef {
  key: string;
  at: Date;
}

export interface FoundRow extends Omit<LeasedRow, 'token'> {
  state: DueState;
  error: DueError | null;
}

export interface StoredRow {
  key: string;
  tenant: string;
  rank: number;
  dueAt: Date;
  isReady: boolean;
  payload: unknown;
}

export interface DueRun {
  /** Aborted at the row's time limit, when its lease was lost, and when the process will not wait any longer. */
  signal: AbortSignal;
  isLastAttempt: boolean;
}

export type HandledRow<P> = Omit<LeasedRow, 'payload' | 'token'> & { payload: P };

/**
 * Runs at least once for each row: the effect carries the row's key. Throws to be tried again with a growing
 * pause, and in the end buried; GiveUpError buries at once, PostponeError puts it off without using up a try.
 */
export type DueHandler<P> = (ctx: Ctx, row: HandledRow<P>, run: DueRun) => Promise<void>;

/** Answers for each row, in order: nothing when it is done, or the error that a {@link DueHandler} would throw. */
export interface DueBatchHandler<P> {
  size: number;
  run: (ctx: Ctx, rows: readonly HandledRow<P>[], run: DueRun) => Promise<readonly (Error | undefined)[]>;
}

export interface ClassSettings {
  /** Share of the starts while every class has rows, of the sum of all weights. */
  weight: number;
  /** Tries before the row is buried. */
  attempts: number;
}

export interface DueOptions<P extends z.ZodType> {
  /** Small letters, digits and underscores: the table is `due_<name>`. */
  name: string;
  /** The queue whose places the pumps take. */
  queue: string;
  /** Checked when a row is put and when it is taken. */
  payload: P;
  /** Time limit of one try, milliseconds. */
  timeoutMs: number;
  handler: DueHandler<z.output<P>> | DueBatchHandler<z.output<P>>;
  /** After a row was buried; may run more than once. */
  onBuried?: (ctx: Ctx, row: HandledRow<unknown>, error: unknown) => Promise<void>;
  /** In place of the weights 60, 25, 10 and 5, and of the tries of the jobs' classes. */
  classes?: Partial<Record<DueClass, Partial<ClassSettings>>>;
  /** First pause after a failure, milliseconds; doubles with each further one. @defaultValue 1000 */
  backoffMs?: number;
  /** How long a silent process keeps its rows, milliseconds; it renews in time. @defaultValue 30000 */
  leaseMs?: number;
  /** Rows at once in one pump. @defaultValue 10 */
  concurrency?: number;
  /** Pumps at once, over all processes: each is a job of the queue. @defaultValue 2 */
  pumps?: number;
  /** Days that settled rows are kept, and with them their keys. @defaultValue 7 and 30 */
  keepDays?: { done?: number; buried?: number };
}

/** What pumps do with a table, whatever its payload: that is the declarer's business, checked by its schema. */
export interface PumpedTable {
  readonly name: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly settings: DueOptions<any> & typeof DUE_DEFAULTS;
  /** By rank. */
  readonly classes: readonly ClassSettings[];
  now(): Promise<Date>;
  claim(limit: number): Promise<LeasedRow[]>;
  settle(settlements: readonly Settlement[]): Promise<number>;
  renew(rows: readonly Pick<LeasedRow, 'key' | 'token'>[]): Promise<number>;
}

export const DUE_DEFAULTS = { backoffMs: 1000, leaseMs: 30_000, concurrency: 10, pumps: 2 };
