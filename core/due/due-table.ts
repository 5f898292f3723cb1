import { randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { z } from 'zod';
import { database } from '../database/database';
import { AppError } from '../errors';
import { fitPayload } from '../queue/job-options';
import type { TableDefinition } from '../schema/table-definition';
import { classSettings, rankOf } from './classes';
import { DatabaseClock } from './clock';
import { dueTableDefinition } from './due.tables';
import {
  DUE_DEFAULTS,
  type ClassSettings,
  type DueOptions,
  type DueStore,
  type LeasedRow,
  type NewDueRow,
  type PumpedTable,
  type Settlement,
  type StoredRow,
} from './due.types';
import { FairTurns } from './fair';
import { mongoDueStore } from './store.mongo';
import { postgresDueStore } from './store.postgres';
import { wakePump } from './pump.job';

const NAME = /^[a-z][a-z0-9_]{0,30}$/;
const MAX_KEY = 200;
const MAX_TENANT = 64;
const PUT_CHUNK = 5_000;
const PROMOTE_LIMIT = 5_000;
/** Lanes that turn out to have fewer rows than places leave some over: they are shared again. */
const CLAIM_ROUNDS = 4;

/** Rows that are to be worked on at a time; see docs/due-rows.md. Made by {@link defineDueTable}. */
export class DueTable<P extends z.ZodType = z.ZodType> implements PumpedTable {
  readonly table: TableDefinition;
  readonly settings: DueOptions<P> & typeof DUE_DEFAULTS;
  /** By rank. */
  readonly classes: readonly ClassSettings[];
  private readonly turns: FairTurns;

  constructor(
    options: DueOptions<P>,
    /** For tests; else the database's. */
    private readonly clock: { now(): Date; set?(): Promise<void> } = new DatabaseClock(),
  ) {
    if (!NAME.test(options.name)) throw new Error(`"${options.name}" is no name for a table of due rows.`);
    this.settings = { ...DUE_DEFAULTS, ...options };
    this.table = dueTableDefinition(options.name);
    this.classes = classSettings(options.classes);
    this.turns = new FairTurns(this.classes.map(({ weight }) => weight));
  }

  get name(): string {
    return this.settings.name;
  }

  /** Where the rows lie, for whoever needs a single one: an erasure, an operator. */
  get store(): DueStore {
    const db = database();
    return db.kind === 'postgres' ? postgresDueStore(db.pool, this.name) : mongoDueStore(db.db, this.name);
  }

  /** What is due is decided by this clock. */
  async now(): Promise<Date> {
    await this.clock.set?.();
    return this.clock.now();
  }

  /**
   * Accepts rows; those whose key is there already are dropped. When this returns they are in the database and will
   * be worked on. With `client` (PostgreSQL) they are part of the caller's transaction: he calls {@link wake} after
   * his commit; without that call they start some seconds later.
   * @returns how many were new
   * @throws AppError VALIDATION_ERROR, and then none is accepted
   */
  async put(rows: readonly NewDueRow[], { client }: { client?: PoolClient } = {}): Promise<number> {
    const now = await this.now();
    const checked = rows.map((row) => this.checked(row, now));
    let added = 0;
    for (let start = 0; start < checked.length; start += PUT_CHUNK)
      added += await this.store.insert(checked.slice(start, start + PUT_CHUNK), client);
    if (!client && checked.some(({ isReady }) => isReady)) await this.wake();
    return added;
  }

  /** Tells a worker that rows are ready. Never fails: the tick does the same a little later. */
  wake(): Promise<void> {
    return wakePump(this);
  }

  /**
   * Takes up to `limit` rows until `settings.leaseMs` from now. Classes get their weights' shares, tenants of a class
   * take turns; highest class first.
   */
  async claim(limit: number): Promise<LeasedRow[]> {
    const { store, turns } = this;
    const now = await this.now();
    await store.promote(now, PROMOTE_LIMIT);
    const lease = { token: randomUUID(), until: new Date(now.getTime() + this.settings.leaseMs) };
    const taken: LeasedRow[] = [];
    for (let round = 0; round < CLAIM_ROUNDS && taken.length < limit; round += 1) {
      const lanes = await store.lanes(turns.after, limit - taken.length);
      if (!lanes.length) break;
      taken.push(...(await store.take(turns.share(lanes, limit - taken.length), lease)));
    }
    return taken.sort((a, b) => rankOf(a.class) - rankOf(b.class) || a.dueAt.getTime() - b.dueAt.getTime());
  }

  /** Ends leases. Who no longer holds one, because it ended or another has it, settles nothing. @returns how many did */
  async settle(settlements: readonly Settlement[]): Promise<number> {
    return settlements.length ? this.store.settle(settlements, await this.now()) : 0;
  }

  /** @returns how many leases were still held, and hold on */
  async renew(rows: readonly Pick<LeasedRow, 'key' | 'token'>[]): Promise<number> {
    if (!rows.length) return 0;
    const now = await this.now();
    return this.store.renew(rows, now, new Date(now.getTime() + this.settings.leaseMs));
  }

  /** Rows that nobody works on yet will not be worked on. @returns how many */
  async cancel(keys: readonly string[]): Promise<number> {
    return this.store.cancel(keys, await this.now());
  }

  /** Buried rows are tried again, as often as new ones. @returns how many */
  async revive(keys: readonly string[]): Promise<number> {
    const revived = await this.store.revive(keys, await this.now());
    if (revived) await this.wake();
    return revived;
  }

  /** As {@link revive}, for up to `limit` of those that were buried until then, the longest buried first. */
  async reviveBuried(until: Date, limit: number): Promise<number> {
    const revived = await this.store.reviveBuried(until, await this.now(), limit);
    if (revived) await this.wake();
    return revived;
  }

  private checked(
    { key, tenant = '', class: jobClass = 'normal', dueAt, payload = {} }: NewDueRow,
    now: Date,
  ): StoredRow {
    assertText('key', key, MAX_KEY, 1);
    assertText('tenant', tenant, MAX_TENANT, 0);
    const rank = rankOf(jobClass);
    if (rank < 0) throw invalid(`class: "${String(jobClass)}" is none.`);
    if (dueAt && !(dueAt instanceof Date && Number.isFinite(dueAt.getTime()))) throw invalid('dueAt: must be a time.');
    const parsed = this.settings.payload.safeParse(payload);
    if (!parsed.success) throw invalid(`payload: ${parsed.error.issues[0]?.message ?? 'does not fit'}`);
    const at = dueAt ?? now;
    return { key, tenant, rank, dueAt: at, isReady: at <= now, payload: fitted(parsed.data) };
  }
}

/** Declares a table of due rows; the feature names it in `due`. @throws when the declaration contradicts itself */
export function defineDueTable<P extends z.ZodType>(
  options: DueOptions<P>,
  clock?: { now(): Date; set?(): Promise<void> },
): DueTable<P> {
  return new DueTable(options, clock);
}

function assertText(field: string, value: unknown, longest: number, shortest: number): asserts value is string {
  const isFit = typeof value === 'string' && value.length >= shortest && value.length <= longest;
  if (!isFit || value.includes('\0'))
    throw invalid(`${field}: must be a text of ${shortest} to ${longest} characters without NUL.`);
}

function fitted<T>(payload: T): T {
  try {
    return fitPayload(payload);
  } catch (cause) {
    throw new AppError('VALIDATION_ERROR', 'payload: is over 10 kB; it holds ids only.', { cause });
  }
}

function invalid(message: string): AppError {
  return new AppError('VALIDATION_ERROR', message);
}
