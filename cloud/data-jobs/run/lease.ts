import { randomUUID } from 'node:crypto';
import { Interruption } from '../interruption';
import type { DataJobKind } from '../kind';
import { LIVE, type JobChange, type JobRow } from '../job-row';
import type { JobStore } from '../store/job.store.types';
import { estimateEnd } from './estimate';

/** A process that does not renew its lease for so long is taken for dead. */
export const LEASE_MS = 20_000;
const RENEW_MS = 5_000;
/** Pause between two writes of progress; they also read whether somebody cancelled. */
const BEAT_MS = 500;

/** Lets one worker at a time run a job. */
export class Lease {
  readonly token = randomUUID();
  private timer: NodeJS.Timeout | undefined;
  private interruption: Interruption | undefined;
  private lastBeatAt = 0;
  private startedAt = new Date();
  /** Milliseconds since 1970: from then on another worker may have the job. */
  private heldUntil = 0;

  constructor(
    private readonly store: JobStore,
    private readonly kind: DataJobKind,
    readonly jobId: string,
    private readonly signal: AbortSignal,
  ) {}

  /** The claimed row; undefined when the job is done, unknown, of another kind, or another worker holds it. */
  async claim(): Promise<JobRow | undefined> {
    const now = new Date();
    const claimed = await this.store.update(
      this.jobId,
      { statuses: LIVE, kind: this.kind.kind, leaseFreeAt: now },
      { status: 'processing', lease_token: this.token, lease_until: new Date(now.getTime() + LEASE_MS) },
      true,
    );
    if (!claimed) return undefined;
    this.heldUntil = now.getTime() + LEASE_MS;
    this.timer = setInterval(() => void this.renew({}).catch(() => undefined), RENEW_MS);
    this.startedAt = claimed.started_at ?? now;
    if (claimed.started_at) return claimed;
    return (await this.renew({ started_at: now })) ?? claimed;
  }

  /**
   * Reports progress, at most twice a second.
   * @throws Interruption
   */
  async beat(change: JobChange): Promise<void> {
    this.check();
    if (Date.now() - this.lastBeatAt < BEAT_MS) return;
    this.lastBeatAt = Date.now();
    const { progress = 0 } = change;
    const end = progress >= 1 ? { estimated_completion: estimateEnd(this.startedAt, progress, new Date()) } : {};
    await this.renew({ ...end, ...change });
    this.check();
  }

  /** Stores what must not wait for the next beat. */
  async note(change: JobChange): Promise<void> {
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

  private async renew(change: JobChange): Promise<JobRow | undefined> {
    const until = Date.now() + LEASE_MS;
    const row = await this.store.update(
      this.jobId,
      { statuses: ['processing'], leaseToken: this.token },
      { ...change, lease_until: new Date(until) },
    );
    if (row) this.heldUntil = Math.max(this.heldUntil, until);
    if (!row) this.interruption = new Interruption('lost');
    else if (row.cancel_requested_at && !isForward(this.kind, row)) this.interruption = new Interruption('cancelled');
    return row;
  }
}

/** A cancel comes too late. */
export function isForward(kind: DataJobKind, { phase }: Pick<JobRow, 'phase'>): boolean {
  return phase !== null && (kind.phases?.forward.includes(phase) ?? false);
}
