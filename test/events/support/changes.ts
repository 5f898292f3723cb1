import { randomUUID } from 'node:crypto';
import { ADMIN } from '../../harness/app';
import { PASSWORD } from '../../factories/people';
import type { MortalApp } from './mortal-app';

const AT = { __type: 'Date', iso: '2026-01-02T03:04:05.000Z' };
const WRITERS = 8;
const PAUSE_MS = 50;
const LONGEST_ANSWER_MS = 15_000;

type Answer = { status: number; body: any };

/** Makes changes through five doors, as many at once as there are writers, and goes on whatever is killed. */
export class Changes {
  /** Changes that were answered with success. */
  acknowledged = 0;
  /** Users whose deletion was asked for, whatever came of it. */
  readonly deletions: string[] = [];
  private goal = 0;
  private isOver = false;
  private running: Promise<void>[] = [];
  private caller: { token: string; session: string } | undefined;
  private readonly subscriptions: string[] = [];
  private readonly users: string[] = [];

  constructor(private readonly app: MortalApp) {}

  /** So many more, from now on. */
  raise(count: number): void {
    this.goal += count;
    if (!this.running.length) this.running = Array.from({ length: WRITERS }, () => this.write());
  }

  get isDone(): boolean {
    return this.acknowledged >= this.goal;
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.running);
  }

  private async write(): Promise<void> {
    const doors = [this.operation, this.classes, this.batch, this.graphql, this.masterKey];
    while (!this.isOver) {
      if (this.isDone) await pause();
      else {
        const door = doors[Math.floor(Math.random() * doors.length)]!;
        const made = await door.call(this).catch(() => 0);
        this.acknowledged += made;
        if (!made) await pause();
      }
    }
  }

  /** /api: an account. */
  private async operation(): Promise<number> {
    const { token } = await this.signedIn();
    const body = { email: `${randomUUID()}@example.com`, password: PASSWORD, name: 'Ada' };
    const { status, body: made } = await this.ask('POST', '/api/users', body, { authorization: `Bearer ${token}` });
    if (status !== 201) return this.refused(status);
    this.users.push((made.user ?? made).id as string);
    return 1;
  }

  /** Parse's classes, as an SDK calls them: a purchase that waits, and is then paid. */
  private async classes(): Promise<number> {
    const headers = await this.sessionHeaders();
    const made = await this.ask('POST', '/parse/classes/Purchase', purchase({ status: 'pending' }), headers);
    if (made.status !== 201) return this.refused(made.status);
    const paid = await this.ask('PUT', `/parse/classes/Purchase/${made.body.objectId}`, { status: 'paid' }, headers);
    return paid.status === 200 ? 2 : 1;
  }

  private async batch(): Promise<number> {
    const row = { method: 'POST', path: '/parse/classes/Purchase' };
    const body = { requests: [1, 2, 3].map((total) => ({ ...row, body: purchase({ total }) })) };
    const answer = await this.ask('POST', '/parse/batch', body, await this.sessionHeaders());
    if (answer.status !== 200) return this.refused(answer.status);
    return (answer.body as { success?: unknown }[]).filter(({ success }) => success).length;
  }

  private async graphql(): Promise<number> {
    const query = `mutation { createPurchase(input: { fields: { total: 3, currency: "EUR",
      purchased_at: "2026-01-02T03:04:05.000Z" } }) { purchase { objectId } } }`;
    const answer = await this.ask('POST', '/graphql', { query }, await this.sessionHeaders());
    return answer.status === 200 && !answer.body.errors ? 1 : this.refused(answer.status);
  }

  /** The master key: a subscription that is counted up, and accounts that are removed. */
  private async masterKey(): Promise<number> {
    const headers = { 'x-parse-master-key': this.app.env['PARSE_MASTER_KEY']! };
    const user = Math.random() < 0.3 ? this.users.pop() : undefined;
    if (user) {
      this.deletions.push(user);
      const { status } = await this.ask('DELETE', `/parse/users/${user}`, undefined, headers);
      return status === 200 ? 1 : 0;
    }
    const id = Math.random() < 0.7 && this.subscriptions[Math.floor(Math.random() * this.subscriptions.length)];
    if (id) {
      const amount = { amount: { __op: 'Increment', amount: 1 } };
      const { status } = await this.ask('PUT', `/parse/classes/Subscription/${id}`, amount, headers);
      return status === 200 ? 1 : 0;
    }
    const body = { plan: 'pro', amount: 1, currency: 'EUR', started_at: AT };
    const made = await this.ask('POST', '/parse/classes/Subscription', body, headers);
    if (made.status !== 201) return 0;
    this.subscriptions.push(made.body.objectId as string);
    return 1;
  }

  private async sessionHeaders(): Promise<Record<string, string>> {
    return { 'x-parse-session-token': (await this.signedIn()).session };
  }

  private async signedIn(): Promise<{ token: string; session: string }> {
    if (this.caller) return this.caller;
    const { status, body } = await this.ask('POST', '/api/auth/login', ADMIN, {});
    if (status !== 200) throw new Error(`The sign-in answered ${status}.`);
    return (this.caller = { token: body.access_token as string, session: body.session_token as string });
  }

  private refused(status: number): 0 {
    // A token lasts a quarter of an hour.
    if (status === 401 || status === 400) this.caller = undefined;
    return 0;
  }

  private async ask(method: string, route: string, body: unknown, headers: Record<string, string>): Promise<Answer> {
    const response = await fetch(this.app.url + route, {
      method,
      headers: { 'content-type': 'application/json', 'x-parse-application-id': 'appbackend', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(LONGEST_ANSWER_MS),
    });
    const text = await response.text();
    return { status: response.status, body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text };
  }
}

const purchase = (values: object): object => ({ total: 12.5, currency: 'EUR', purchased_at: AT, ...values });

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
