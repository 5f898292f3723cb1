const WINDOW_MS = 300_000;
const SLOT_MS = 10_000;
const SLOTS = WINDOW_MS / SLOT_MS;
const SECONDS = WINDOW_MS / 1000;
const MAX_USERS = 50_000;

/** Latency buckets grow by 5 % from 0.1 ms; 240 of them reach 12,000 s. */
const GROWTH = Math.log(1.05);
const BUCKETS = 240;
const FIRST_MS = 0.1;

interface Slot {
  number: number;
  requests: number;
  errors: number;
  totalMs: number;
  latencies: Uint32Array;
  routes: Map<string, { requests: number; errors: number }>;
}

/** What the last five minutes were like. Milliseconds; shares from 0 to 1. */
export interface WindowSnapshot {
  requests: number;
  averageMs: number;
  p95Ms: number;
  p99Ms: number;
  requestsPerSecond: number;
  /** Most requests in one second. */
  peakPerSecond: number;
  concurrentUsers: number;
  /** Share of answers with status 500 and above. */
  errorShare: number;
  errorShareByRoute: Record<string, number>;
}

/** The last five minutes of this process, in memory of constant size, cheap enough for each request. */
export class RequestWindow {
  private readonly slots: Slot[] = Array.from({ length: SLOTS }, emptySlot);
  private readonly perSecond = new Uint32Array(SECONDS);
  private readonly secondOf = new Float64Array(SECONDS);
  /** Insertion order is order of the last request: the first entry is the one longest silent. */
  private readonly users = new Map<string, number>();

  constructor(private readonly startedAtMs: number) {}

  add(nowMs: number, route: string, status: number, durationMs: number, userId: string | undefined): void {
    const slot = this.slotAt(nowMs);
    const error = status >= 500 ? 1 : 0;
    slot.requests += 1;
    slot.errors += error;
    slot.totalMs += durationMs;
    slot.latencies[bucketOf(durationMs)]! += 1;
    const entry = slot.routes.get(route);
    if (entry) {
      entry.requests += 1;
      entry.errors += error;
    } else {
      slot.routes.set(route, { requests: 1, errors: error });
    }
    this.countSecond(nowMs);
    if (userId !== undefined) this.countUser(userId, nowMs);
  }

  snapshot(nowMs: number): WindowSnapshot {
    const oldest = Math.floor(nowMs / SLOT_MS) - SLOTS;
    const sum = emptySlot();
    for (const slot of this.slots) {
      if (slot.number > oldest) merge(sum, slot);
    }
    const spanSeconds = Math.max(1, Math.min(WINDOW_MS, nowMs - this.startedAtMs) / 1000);
    return {
      requests: sum.requests,
      averageMs: sum.requests ? sum.totalMs / sum.requests : 0,
      p95Ms: percentile(sum, 0.95),
      p99Ms: percentile(sum, 0.99),
      requestsPerSecond: sum.requests / spanSeconds,
      peakPerSecond: this.peak(nowMs),
      concurrentUsers: this.countUsersSince(nowMs - WINDOW_MS),
      errorShare: sum.requests ? sum.errors / sum.requests : 0,
      errorShareByRoute: Object.fromEntries(
        [...sum.routes].map(([route, { requests, errors }]) => [route, errors / requests]),
      ),
    };
  }

  private slotAt(nowMs: number): Slot {
    const number = Math.floor(nowMs / SLOT_MS);
    const index = number % SLOTS;
    const slot = this.slots[index]!;
    if (slot.number === number) return slot;
    const fresh = { ...emptySlot(), number };
    this.slots[index] = fresh;
    return fresh;
  }

  private countSecond(nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    const index = second % SECONDS;
    if (this.secondOf[index] !== second) {
      this.secondOf[index] = second;
      this.perSecond[index] = 0;
    }
    this.perSecond[index]! += 1;
  }

  private countUser(userId: string, nowMs: number): void {
    this.users.delete(userId);
    this.users.set(userId, nowMs);
    if (this.users.size > MAX_USERS) this.users.delete(this.users.keys().next().value!);
  }

  private countUsersSince(sinceMs: number): number {
    for (const [userId, seenMs] of this.users) {
      if (seenMs >= sinceMs) break;
      this.users.delete(userId);
    }
    return this.users.size;
  }

  private peak(nowMs: number): number {
    const oldest = Math.floor(nowMs / 1000) - SECONDS;
    return this.perSecond.reduce(
      (most, count, index) => (this.secondOf[index]! > oldest ? Math.max(most, count) : most),
      0,
    );
  }
}

function emptySlot(): Slot {
  return { number: -1, requests: 0, errors: 0, totalMs: 0, latencies: new Uint32Array(BUCKETS), routes: new Map() };
}

function merge(sum: Slot, slot: Slot): void {
  sum.requests += slot.requests;
  sum.errors += slot.errors;
  sum.totalMs += slot.totalMs;
  for (let i = 0; i < BUCKETS; i += 1) sum.latencies[i]! += slot.latencies[i]!;
  for (const [route, { requests, errors }] of slot.routes) {
    const entry = sum.routes.get(route) ?? { requests: 0, errors: 0 };
    sum.routes.set(route, { requests: entry.requests + requests, errors: entry.errors + errors });
  }
}

function bucketOf(durationMs: number): number {
  if (!(durationMs > FIRST_MS)) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(Math.log(durationMs / FIRST_MS) / GROWTH));
}

/** Upper bound of the bucket that holds the share: at most 5 % too high. */
function percentile(sum: Slot, share: number): number {
  const rank = Math.ceil(sum.requests * share);
  let seen = 0;
  for (let i = 0; i < BUCKETS; i += 1) {
    seen += sum.latencies[i]!;
    if (rank > 0 && seen >= rank) return FIRST_MS * Math.exp(i * GROWTH);
  }
  return 0;
}
