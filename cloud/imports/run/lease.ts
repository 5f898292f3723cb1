import { randomUUID } from 'node:crypto';
import type { JobPhase, JobRow, JobState } from '../job/job-row';
import type { JobStore } from '../job/job.store';
import { Interruption } from '../load/loader';

/** A worker that does not renew its lease for so long is taken for dead. */
const LEASE_MS = 20_000;
const RENEW_MS = 5_000;
/** Pause between two writes of progress; they also read whether somebody cancelled. */
const BEAT_MS = 500;

const CANCELLABLE: ReadonlySet<JobPhase> = new Set(['reading', 'loading']);

/** Lets one worker at a time run a job. */
export class Lease {
  readonly token = randomUUID();
  private timer: NodeJS.Timeout | undefined;
  private interruption: Interruption | undefined;
  private lastBeatAt = 0;
  /** Milliseconds since 1970: from then on another worker may have the job. */
  private heldUntil = 0;

  constructor(
    private readonly store: JobStore,
    readonly jobId: string,
    private readonly signal: AbortSignal,
  ) {}

  /** The claimed row; undefined when the job is done, unknown, or another worker holds it. */
  async claim(): Promise<JobRow | undefined> {
    const now = new Date();
    const claimed = await this.store.update(
      this.jobId,
      { statuses: ['queued', 'processing'], leaseFreeAt: now },
      { status: 'processing', lease_token: this.token, lease_until: new Date(now.getTime() + LEASE_MS) },
      true,
    );
    if (!claimed) return undefined;
    this.heldUntil = now.getTime() + LEASE_MS;
    this.timer = setInterval(() => void this.renew({}).catch(() => undefined), RENEW_MS);
    if (claimed.started_at) return claimed;
    return (await this.renew({ started_at: now })) ?? claimed;
  }

  /**
   * Reports progress, at most twice a second.
   * @throws Interruption
   */
  async beat(change: Partial<JobState>): Promise<void> {
    this.check();
    if (Date.now() - this.lastBeatAt < BEAT_MS) return;
    this.lastBeatAt = Date.now();
    await this.renew(change);
    this.check();
  }

  /** Stores what must not wait for the next beat. */
  async note(change: Partial<JobState>): Promise<void> {
    await this.renew(change);
  }

  /** @throws Interruption when the job was cancelled or lost, or the process stops */
  check(): void {
    if (this.signal.aborted) throw new Interruption('stopping');
    if (this.interruption) throw this.interruption;
    // By the clock, because a process that stood still has not asked the database yet.
    if (this.isLost) throw new Interruption('lost');
  }

  get isLost(): boolean {
    return this.interruption?.reason === 'lost' || Date.now() >= this.heldUntil;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async renew(change: Partial<JobState>): Promise<JobRow | undefined> {
    const until = Date.now() + LEASE_MS;
    const row = await this.store.update(
      this.jobId,
      { statuses: ['processing'], leaseToken: this.token },
      { ...change, lease_until: new Date(until) },
    );
    if (row) this.heldUntil = Math.max(this.heldUntil, until);
    if (!row) this.interruption = new Interruption('lost');
    // Once rows are written the import goes forward only.
    else if (row.cancel_requested_at && CANCELLABLE.has(row.phase)) this.interruption = new Interruption('cancelled');
    return row;
  }
}
