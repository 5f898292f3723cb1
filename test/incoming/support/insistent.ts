import { setTimeout as sleep } from 'node:timers/promises';
import { bodyFor, SECRETS, SIGN, type Headers, type SchemeName } from './senders';
import { uniqueName } from '../../factories/ids';

const AT_ONCE = 6;
const PAUSE_MS = 50;
const LONGEST_ANSWER_MS = 30_000;
/** The server's own senders, whose secrets the tests' settings hold. */
const SENDERS: readonly { path: string; scheme: SchemeName; secret: string; type: string }[] = [
  { path: '', scheme: 'own', secret: SECRETS.own, type: 'webhook.shop.order.paid' },
  { path: '/stripe', scheme: 'stripe', secret: SECRETS.stripe, type: 'webhook.stripe.invoice.paid' },
  { path: '/github', scheme: 'github', secret: SECRETS.github, type: 'webhook.github.push' },
];

interface Webhook {
  path: string;
  type: string;
  body: string;
  headers: Headers;
}

export interface Accepted {
  type: string;
  /** From the answer: the same at each repetition. */
  rowId: string;
}

/** Sends webhooks as real senders do: what was not answered 2xx is sent again, and some that were as well. */
export class InsistentSender {
  readonly accepted: Accepted[] = [];
  /** Tries that had no answer, or were told to come again. */
  refused = 0;
  /** Answers that no sender should ever get. */
  readonly strange: string[] = [];
  private readonly waiting: Webhook[] = [];
  private goal = 0;
  private isOver = false;
  private running: Promise<void>[] = [];

  constructor(private readonly url: string) {}

  raise(count: number): void {
    for (let n = 0; n < count; n += 1) this.waiting.push(newWebhook(this.goal + n));
    this.goal += count;
    if (!this.running.length) this.running = Array.from({ length: AT_ONCE }, () => this.work());
  }

  get isDone(): boolean {
    return this.accepted.length >= this.goal;
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.running);
  }

  private async work(): Promise<void> {
    while (!this.isOver) {
      const webhook = this.waiting.shift();
      if (webhook) await this.insist(webhook);
      else await sleep(PAUSE_MS);
    }
  }

  private async insist(webhook: Webhook): Promise<void> {
    let rowId: string | undefined;
    while ((rowId = await this.send(webhook)) === undefined) await sleep(PAUSE_MS);
    // The answer may have got lost on its way: then it comes once more.
    if (this.accepted.length % 5 === 0) {
      const again = await this.send(webhook);
      if (again !== undefined && again !== rowId) this.strange.push(`${rowId} became ${again}`);
    }
    this.accepted.push({ type: webhook.type, rowId });
  }

  private async send({ path, body, headers }: Webhook): Promise<string | undefined> {
    const answer = await fetch(`${this.url}/api/integrations/webhook${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal: AbortSignal.timeout(LONGEST_ANSWER_MS),
    })
      .then(async (response) => ({ status: response.status, text: await response.text() }))
      // The process died under the request.
      .catch(() => undefined);
    if (answer?.status === 202) return (JSON.parse(answer.text) as { event_id: string }).event_id;
    this.refused += 1;
    if (answer && answer.status !== 503) this.strange.push(`${answer.status} ${answer.text.slice(0, 300)}`);
    return undefined;
  }
}

function newWebhook(number: number): Webhook {
  const { path, scheme, secret, type } = SENDERS[number % SENDERS.length]!;
  const body = bodyFor(scheme);
  return { path, type, body, headers: SIGN[scheme](body, secret, { id: uniqueName('w') }) };
}
