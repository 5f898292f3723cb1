/** What a receiver takes. */
export interface LaneLimits {
  perSecond: number;
  inFlight: number;
}

const SECOND_MS = 1000;
/** What cannot go now is looked at again then, at the earliest and at the latest. */
const LEAST_PAUSE_MS = 250;
const MOST_PAUSE_MS = 60_000;
/** How much the last request counts in what a request is expected to take. */
const LAST_SHARE = 0.2;
const EARLY = 0.8;
const FIRST_GUESS_MS = 100;

interface Waiting {
  start: () => void;
}

/**
 * The way to one receiver, in this process: never more requests at once, nor within any second, than it takes. Whoever
 * waits longer than its caller likes gives its place up and is told when to come again; so nothing of a slow
 * receiver's stays in memory, and nobody else waits for it.
 */
export class SendLane {
  inFlight = 0;
  private readonly waiting: Waiting[] = [];
  /** Starts of the last second, the oldest first. */
  private readonly starts: number[] = [];
  private timer: NodeJS.Timeout | undefined;
  private usualMs = FIRST_GUESS_MS;
  private changedAt = 0;
  private turnAt = 0;
  private pausedUntil = 0;
  limits: LaneLimits = { perSecond: 1, inFlight: 1 };

  /** @param onChange is told of each request that begins (1) and ends (-1) */
  constructor(
    private readonly onChange: (step: 1 | -1) => void = () => undefined,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Calls `start` as soon as there is a place; the returned function gives the place in the row up, if it still waits. */
  enter(start: () => void): () => boolean {
    const one = { start };
    this.waiting.push(one);
    this.advance();
    return () => {
      const place = this.waiting.indexOf(one);
      if (place >= 0) this.waiting.splice(place, 1);
      return place >= 0;
    };
  }

  /** A request is over. */
  leave(durationMs: number): void {
    this.inFlight -= 1;
    this.onChange(-1);
    this.changedAt = this.now();
    this.usualMs += (durationMs - this.usualMs) * LAST_SHARE;
    this.advance();
  }

  /** The receiver asked for a pause: nothing begins until then. */
  pause(ms: number): void {
    this.pausedUntil = Math.max(this.pausedUntil, this.now() + Math.min(ms, MOST_PAUSE_MS));
  }

  /** Whether who comes now would wait for others, or for the end of a pause. */
  get isFull(): boolean {
    return this.inFlight >= this.limits.inFlight || this.now() < this.pausedUntil;
  }

  /** Full, and will be for longer than anybody waits. */
  get isStuck(): boolean {
    if (!this.isFull) return false;
    const requestMs = Math.max(this.usualMs, this.now() - this.changedAt);
    return this.now() < this.pausedUntil || requestMs / this.limits.inFlight > LEAST_PAUSE_MS;
  }

  get isIdle(): boolean {
    const now = this.now();
    return !this.inFlight && !this.waiting.length && now >= this.pausedUntil && now - this.changedAt > MOST_PAUSE_MS;
  }

  /** For one that found no place: in how many milliseconds its turn may come. Each call books one turn. */
  nextTurnMs(): number {
    const now = this.now();
    // One that hangs tells how slow it is before it has answered.
    const requestMs = this.inFlight ? Math.max(this.usualMs, now - this.changedAt) : this.usualMs;
    // A little too early rather than too late: a place that nobody takes is lost.
    const stepMs = EARLY * Math.max(SECOND_MS / this.limits.perSecond, requestMs / this.limits.inFlight);
    this.turnAt = Math.max(this.turnAt, this.pausedUntil, now + LEAST_PAUSE_MS) + stepMs;
    this.turnAt = Math.min(this.turnAt, now + MOST_PAUSE_MS);
    return this.turnAt - now;
  }

  private advance(): void {
    while (this.waiting.length && !this.isFull) {
      const inMs = this.untilNextSecond();
      if (inMs > 0) {
        this.timer ??= setTimeout(() => {
          this.timer = undefined;
          this.advance();
        }, inMs);
        return;
      }
      this.inFlight += 1;
      this.onChange(1);
      this.changedAt = this.now();
      this.starts.push(this.changedAt);
      this.waiting.shift()!.start();
    }
  }

  /** Milliseconds until one more start is none too many in its second. */
  private untilNextSecond(): number {
    const now = this.now();
    while (this.starts.length && this.starts[0]! <= now - SECOND_MS) this.starts.shift();
    const last = this.starts[this.starts.length - Math.floor(Math.max(1, this.limits.perSecond))];
    return last === undefined ? 0 : Math.max(1, Math.ceil(last + SECOND_MS - now));
  }
}
