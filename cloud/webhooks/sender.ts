import { setTimeout as sleep } from 'node:timers/promises';
import type { HandledRow } from '../../core/due/due.types';
import { log } from '../../core/log';
import { PostponeError } from '../../core/queue/outcomes';
import type { AttemptChange } from './attempt.store';
import { findDelivery } from './delivery.store';
import { disable } from './endpoint-state.service';
import { afterTry, headersOf, isGone, isSuccess, withoutTry } from './send.attempt';
import { isCallable } from './endpoint-url';
import { findSendables, type Found, type Sendable } from './send.batch';
import { DEADLINE_MS, SendClient, type SendAnswer } from './send.client';
import { EndpointHealth } from './send.health';
import { SendLanes } from './send.lanes';
import { attemptSeconds, deliveriesTotal, inFlight } from './send.metrics';
import { retryAfterMs } from './send.plan';
import { writeAttempt } from './send.writer';

interface SendPayload {
  delivery_id: string;
  endpoint_id: string;
}
type Answer = Error | undefined;
type Row = Pick<HandledRow<SendPayload>, 'key' | 'tenant' | 'payload'>;

/** How long a batch waits for its requests: what takes longer goes on by itself. */
const WINDOW_MS = 250;
/** Until then a request that goes on by itself has ended and is written down, or its process is gone. */
const BY_ITSELF_MS = DEADLINE_MS + 5_000;
const CLOSE_MS = 5_000;
const NOT_CALLABLE = { code: 'ADDRESS_REFUSED', message: 'The URL may not be called.' } as const;

export interface SenderSeams {
  now: () => Promise<Date>;
  client?: SendClient;
}

/**
 * Sends deliveries. A batch of due rows waits only for receivers that are quick: a row whose request takes longer is put
 * off until the request must have ended, and finds then what became of it, in the delivery; so nobody waits for a slow
 * receiver, and a process that dies leaves rows that come back by themselves.
 */
export class Sender {
  private readonly client: SendClient;
  private readonly health = new EndpointHealth();
  private readonly lanes = new SendLanes();
  /** Deliveries whose requests are under way or wait for their place, here. */
  private readonly running = new Map<string, Promise<Answer>>();

  constructor(private readonly seams: SenderSeams) {
    this.client = seams.client ?? new SendClient();
  }

  /** Answers for each row, in order, as due rows want it. */
  async run(rows: readonly Row[], signal: AbortSignal): Promise<Answer[]> {
    const now = await this.seams.now();
    const answers = new Map<string, Answer>();
    const wanted = rows.filter((row) => {
      const waitMs = this.waitMs(row);
      if (waitMs) answers.set(row.key, postponed(now, waitMs));
      return !waitMs;
    });
    if (wanted.length) {
      const found = await findSendables(
        wanted.map(({ key }) => key),
        now,
      );
      await this.sendAll(found, { now, answers, signal });
    }
    return rows.map(({ key }) => answers.get(key));
  }

  /** What our own faults have kept from being sent, after all tries: its owner sees it, and may send it again. */
  async giveUp(key: string): Promise<void> {
    const delivery = await findDelivery(key);
    const reason = { code: 'GIVEN_UP', message: 'The server could not send it.' };
    if (delivery) await this.write(withoutTry(delivery, 'exhausted', { reason, at: await this.seams.now() }));
  }

  /** Notes now how endpoints do; otherwise that is a few seconds late. */
  async noteHealth(): Promise<void> {
    await this.health.flush();
  }

  /** Nothing begins any more; what is under way may end. */
  async close(): Promise<void> {
    await Promise.race([Promise.allSettled(this.running.values()), sleep(CLOSE_MS, undefined, { ref: false })]);
    await this.client.close();
    await Promise.allSettled(this.running.values());
    await this.noteHealth();
  }

  private waitMs({ key, tenant, payload }: Row): number {
    return this.running.has(key) ? BY_ITSELF_MS : this.lanes.waitMs({ endpoint: payload.endpoint_id, tenant });
  }

  private async sendAll(
    found: ReadonlyMap<string, Found>,
    { now, answers, signal }: { now: Date; answers: Map<string, Answer>; signal: AbortSignal },
  ): Promise<void> {
    const withdrawals = new Map<string, () => number>();
    const all = [...found].map(async ([key, one]) => {
      // For what is not over when the others are.
      if (one.kind === 'send' || one.kind === 'ended') answers.set(key, postponed(now, BY_ITSELF_MS));
      if (one.kind === 'later') answers.set(key, new PostponeError(one.until));
      else if (one.kind === 'fault') answers.set(key, one.error);
      else if (one.kind === 'ended') answers.set(key, await this.end(one, now));
      else if (one.kind === 'send') {
        const { withdraw, ended } = this.send(one.sendable);
        withdrawals.set(key, withdraw);
        answers.set(key, await ended);
        withdrawals.delete(key);
      }
    });
    await Promise.race([Promise.all(all), elapsed(WINDOW_MS, signal)]);
    for (const [key, withdraw] of withdrawals) {
      const waitMs = withdraw();
      if (waitMs) answers.set(key, postponed(now, waitMs));
    }
  }

  /** `withdraw`: takes back what has not begun, and says in how many milliseconds to come again; 0 when it has begun. */
  private send(sendable: Sendable): { withdraw: () => number; ended: Promise<Answer> } {
    const { objectId: key } = sendable.delivery;
    const lane = this.lanes.of(sendable.endpoint);
    let withdraw = (): number => 0;
    const ended = new Promise<Answer>((resolve) => {
      const leave = lane.enter(() => resolve(this.attempt(sendable, (ms) => lane.leave(ms))));
      withdraw = () => {
        if (!leave()) return 0;
        this.running.delete(key);
        return lane.nextTurnMs();
      };
    });
    this.running.set(key, ended);
    return { withdraw: () => withdraw(), ended };
  }

  private async attempt(sendable: Sendable, leave: (durationMs: number) => void): Promise<Answer> {
    try {
      const headers = headersOf(sendable, await this.seams.now());
      const answer = await this.request(sendable, headers, leave);
      return await this.note(sendable, { headers, answer });
    } catch (error) {
      // The row comes back, and the request is repeated.
      log().warn({ err: error }, 'What became of a webhook could not be written down.');
      return asError(error);
    } finally {
      this.running.delete(sendable.delivery.objectId);
    }
  }

  private async request(
    { endpoint, body }: Sendable,
    headers: Record<string, string>,
    leave: (durationMs: number) => void,
  ): Promise<SendAnswer> {
    inFlight.inc();
    const startedAt = performance.now();
    try {
      return isCallable(endpoint.url)
        ? await this.client.send({ url: endpoint.url, headers, body })
        : { status: null, body: null, retryAfter: undefined, durationMs: 0, fault: NOT_CALLABLE };
    } finally {
      inFlight.dec();
      leave(performance.now() - startedAt);
    }
  }

  private async note(
    { delivery, endpoint }: Sendable,
    { headers, answer }: { headers: Record<string, string>; answer: SendAnswer },
  ): Promise<Answer> {
    const at = await this.seams.now();
    if (answer.fault?.code === 'STOPPED') return new PostponeError(at);
    const change = afterTry(delivery, { headers, answer, at });
    attemptSeconds.observe(answer.durationMs / 1000);
    if (isSuccess(answer)) this.health.succeeded(endpoint, at);
    else this.health.failed(endpoint.objectId, at);
    if (answer.status === 429 || answer.status === 503)
      this.lanes.of(endpoint).pause(retryAfterMs(answer.retryAfter, at));
    await this.write(change);
    if (isGone(answer)) await disable(endpoint.objectId, 'gone', at);
    return change.next_attempt_at ? new PostponeError(change.next_attempt_at) : undefined;
  }

  private async end({ delivery, reason }: Extract<Found, { kind: 'ended' }>, at: Date): Promise<Answer> {
    try {
      await this.write(withoutTry(delivery, 'cancelled', { reason, at }));
      return undefined;
    } catch (error) {
      return asError(error);
    }
  }

  private async write(change: AttemptChange): Promise<void> {
    await writeAttempt(change);
    deliveriesTotal.inc({ outcome: change.status });
  }
}

const postponed = (now: Date, ms: number): PostponeError => new PostponeError(new Date(now.getTime() + Math.ceil(ms)));
const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/** After the time, or at once when the caller must end. */
async function elapsed(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
