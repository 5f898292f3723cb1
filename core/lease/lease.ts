import { randomUUID } from 'node:crypto';
import { systemClock, type Clock } from '../clock';
import { AppError } from '../errors';
import { namedSeat, type Seat } from './seat';

export interface LeaseOptions {
  /** For how long it holds when nobody renews it, milliseconds. */
  holdMs: number;
  /** Between two renewals, milliseconds. @defaultValue a quarter of `holdMs` */
  renewMs?: number;
  clock?: Clock;
}

export interface WaitingOptions extends LeaseOptions {
  /** How long to wait for another holder, milliseconds. */
  waitMs: number;
}

const POLL_MS = 25;

/** Somebody else may have it: what the holder writes from now on may be out of date. */
export class LeaseLost extends Error {}

/**
 * One holder at a time, for longer than a statement. It is renewed while its process lives; one that died, or stood
 * still for `holdMs`, is replaced. Times are those of the processes' own clocks: one that is wrong by more than what
 * is left of a lease takes it early, and the holder hears of it at its next `confirm`, because the token decides and
 * not the time. So: `confirm` right before a write that must not come late, or name the token in the write itself.
 */
export class Lease<Row = true, Change = never> {
  readonly token = randomUUID();
  private readonly lost = new AbortController();
  private readonly clock: Clock;
  private timer: NodeJS.Timeout | undefined;
  private isLeft = false;
  /** Milliseconds since 1970: from then on another may have it. */
  private heldUntil = 0;
  private latest: Row | undefined;

  private constructor(
    private readonly seat: Seat<Row, Change>,
    private readonly options: LeaseOptions,
  ) {
    this.clock = options.clock ?? systemClock;
  }

  /** Undefined when another holds it. */
  static async claim<Row, Change>(
    seat: Seat<Row, Change>,
    options: LeaseOptions,
  ): Promise<Lease<Row, Change> | undefined> {
    const lease = new Lease(seat, options);
    const now = lease.clock.now();
    const until = new Date(now.getTime() + options.holdMs);
    lease.latest = await seat.take(lease.token, until, now);
    if (lease.latest === undefined) return undefined;
    lease.heldUntil = until.getTime();
    lease.timer = setInterval(() => void lease.beat(), options.renewMs ?? Math.ceil(options.holdMs / 4));
    lease.timer.unref();
    return lease;
  }

  /** What the seat said at the claim, or last when it was renewed, by a heartbeat as well. */
  get row(): Row {
    return this.latest!;
  }

  /** Aborted, with a {@link LeaseLost}, as soon as a heartbeat finds that it is lost, or could not renew it in time. */
  get signal(): AbortSignal {
    return this.lost.signal;
  }

  /** By the clock as well, because a process that stood still has not asked the database yet. */
  get isLost(): boolean {
    return this.lost.signal.aborted || this.clock.now().getTime() >= this.heldUntil;
  }

  /**
   * Asks the database, and renews it.
   * @param change written by the same statement, or not at all
   * @throws LeaseLost when another has taken over
   */
  async confirm(change?: Change): Promise<Row> {
    this.signal.throwIfAborted();
    const until = this.clock.now().getTime() + this.options.holdMs;
    const row = this.isLeft ? undefined : await this.seat.renew(this.token, new Date(until), change);
    if (row === undefined && !this.isLeft) this.lose();
    if (row === undefined) throw new LeaseLost('The lease is held no more.');
    this.heldUntil = Math.max(this.heldUntil, until);
    this.latest = row;
    return row;
  }

  /** Frees it for the others at once. */
  release(change?: Change): Promise<Row | undefined> {
    this.leave();
    return this.seat.release(this.token, change);
  }

  /** Renews it no more: it ends by time, or by what its holder has written into its row. */
  leave(): void {
    this.isLeft = true;
    clearInterval(this.timer);
  }

  private async beat(): Promise<void> {
    try {
      await this.confirm();
    } catch {
      // Lost is known already; a database that is away may be back before the end.
      if (!this.isLeft && this.isLost) this.lose();
    }
  }

  private lose(): void {
    clearInterval(this.timer);
    this.lost.abort(new LeaseLost('Another has taken over this lease.'));
  }
}

/**
 * Runs `work` while holding the lease: of a name, or of another seat.
 * @throws AppError CONFLICT when another holder keeps it longer than `waitMs`
 */
export async function withLease<T>(
  seat: Seat | string,
  options: WaitingOptions,
  work: (lease: Lease) => Promise<T>,
): Promise<T> {
  const result = await withLeaseIfFree(seat, options, async (lease) => ({ value: await work(lease) }));
  if (!result) throw held();
  return result.value;
}

/** As {@link withLease}, but returns undefined when it was held for all of `waitMs`. */
export async function withLeaseIfFree<T>(
  seat: Seat | string,
  options: WaitingOptions,
  work: (lease: Lease) => Promise<T>,
): Promise<T | undefined> {
  const at = typeof seat === 'string' ? namedSeat(seat) : seat;
  const lease = await patiently(options.waitMs, () => Lease.claim(at, options));
  if (!lease) return undefined;
  try {
    return await work(lease);
  } finally {
    await lease.release();
  }
}

/**
 * For what begins in one trigger and ends in another: held under a token that both know, without a heartbeat. The
 * same token may take it again. It ends by `release` of the seat.
 * @throws AppError CONFLICT when another holder keeps it longer than `waitMs`
 */
export async function takeSeat(
  seat: Seat,
  { token, holdMs, waitMs }: { token: string; holdMs: number; waitMs: number },
): Promise<void> {
  const isTaken = await patiently(waitMs, () => {
    const now = systemClock.now();
    return seat.take(token, new Date(now.getTime() + holdMs), now);
  });
  if (!isTaken) throw held();
}

async function patiently<T>(waitMs: number, once: () => Promise<T | undefined>): Promise<T | undefined> {
  const deadline = Date.now() + waitMs;
  let result = await once();
  while (result === undefined && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    result = await once();
  }
  return result;
}

const held = (): AppError => new AppError('CONFLICT', 'Somebody else is changing this; try again.');
