import { AppError } from './errors';

const MAX_HOSTS = 1000;

interface HostState {
  failures: number;
  openUntilMs: number;
  isTried: boolean;
}

/** `half_open`: the pause is over, and the next call, or one under way, decides. */
export type CircuitState = 'closed' | 'open' | 'half_open';

export interface BreakerOptions {
  /** Failures in a row that open the breaker. @defaultValue 5 */
  failures?: number;
  /** How long it stays open before one call may try again, milliseconds. @defaultValue 30000 */
  openMs?: number;
}

/** Stops calling a host that keeps failing, so that its time-outs do not become ours. One a process. */
export class CircuitBreaker {
  private readonly hosts = new Map<string, HostState>();
  private readonly maxFailures: number;
  private readonly openMs: number;

  constructor({ failures = 5, openMs = 30_000 }: BreakerOptions = {}) {
    this.maxFailures = failures;
    this.openMs = openMs;
  }

  /** @throws AppError SERVICE_UNAVAILABLE while the host's breaker is open */
  check(host: string, nowMs: number): void {
    const state = this.hosts.get(host);
    if (!state || state.failures < this.maxFailures) return;
    if (nowMs < state.openUntilMs) {
      const retryAfterSeconds = Math.ceil((state.openUntilMs - nowMs) / 1000);
      throw new AppError('SERVICE_UNAVAILABLE', `Calls to ${host} are paused: it kept failing.`, { retryAfterSeconds });
    }
    // This call is the trial; others wait for what it finds.
    state.openUntilMs = nowMs + this.openMs;
    state.isTried = true;
  }

  state(host: string, nowMs: number): CircuitState {
    const state = this.hosts.get(host);
    if (!state || state.failures < this.maxFailures) return 'closed';
    return state.isTried || nowMs >= state.openUntilMs ? 'half_open' : 'open';
  }

  succeeded(host: string): void {
    this.hosts.delete(host);
  }

  failed(host: string, nowMs: number): void {
    const state = this.hosts.get(host) ?? { failures: 0, openUntilMs: 0, isTried: false };
    state.failures += 1;
    state.isTried = false;
    if (state.failures >= this.maxFailures) state.openUntilMs = nowMs + this.openMs;
    this.hosts.set(host, state);
    if (this.hosts.size > MAX_HOSTS) this.hosts.delete(this.hosts.keys().next().value!);
  }
}
