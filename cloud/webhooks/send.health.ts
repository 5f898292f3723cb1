import { LRUCache } from 'lru-cache';
import { log } from '../../core/log';
import { noteFailure, noteSuccess } from './endpoint-state.service';
import type { EndpointRow } from './endpoint.store';

const FLUSH_MS = 3_000;
/** A success that changes nothing but its time is noted so often. */
const QUIET_MS = 30_000;
const MAX_REMEMBERED = 5_000;

interface Seen {
  successAt?: Date;
  failureAt?: Date;
  /** Since the last success. */
  failures: number;
}

/** What requests tell of their endpoints, noted every few seconds instead of with each. */
export class EndpointHealth {
  private seen = new Map<string, Seen>();
  private readonly notedAt = new LRUCache<string, number>({ max: MAX_REMEMBERED });
  private timer: NodeJS.Timeout | undefined;

  succeeded({ objectId: id, failing_since: since }: Pick<EndpointRow, 'objectId' | 'failing_since'>, at: Date): void {
    const noted = this.notedAt.get(id) ?? -Infinity;
    if (!since && !this.seen.get(id)?.failures && at.getTime() - noted < QUIET_MS) return;
    this.seen.set(id, { successAt: at, failures: 0 });
    this.schedule();
  }

  failed(id: string, at: Date): void {
    const before = this.seen.get(id) ?? { failures: 0 };
    this.seen.set(id, { ...before, failureAt: at, failures: before.failures + 1 });
    this.notedAt.delete(id);
    this.schedule();
  }

  /** Notes what has gathered. What cannot be noted is forgotten: the next request tells the same. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const seen = this.seen;
    this.seen = new Map();
    for (const [id, one] of seen) {
      try {
        await this.note(id, one);
      } catch (error) {
        log().warn({ err: error, endpoint: id }, 'How an endpoint of webhooks does could not be noted.');
      }
    }
  }

  private async note(id: string, { successAt, failureAt, failures }: Seen): Promise<void> {
    if (successAt) {
      await noteSuccess(id, successAt);
      this.notedAt.set(id, successAt.getTime());
    }
    if (failureAt && failures) await noteFailure(id, failureAt, failures);
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
  }
}
