import { createHmac } from 'node:crypto';
import { createPerson, createTenant, type Person } from '../../factories/people';
import { uniqueName } from '../../factories/ids';
import { api, waitFor, type Answer } from '../../harness/app';
import type { Role } from '../../../core/roles';

/** As test/harness/servers.mjs gives them to the servers. */
export const SECRETS = {
  own: 'a-secret-of-the-tests-own',
  ownBefore: 'the-secret-before-it',
  stripe: 'whsec_test_of_stripe_0123456789',
  github: "It's a Secret to Everybody",
} as const;

export type Headers = Record<string, string>;
interface Message {
  id?: string;
  event?: string;
  at?: Date;
}

const hmac = (secret: string | Buffer, data: string): Buffer => createHmac('sha256', secret).update(data).digest();
const seconds = (at: Date): number => Math.floor(at.getTime() / 1000);

/** Signatures as the senders' own documents say, told a second time and not by the code under test. */
export const SIGN = {
  own: (body: string, secret: string, { id }: Message = {}): Headers => ({
    'X-Webhook-Signature': `sha256=${hmac(secret, body).toString('hex')}`,
    ...(id === undefined ? {} : { 'X-Webhook-Id': id }),
  }),
  'standard-webhooks': (
    body: string,
    secret: string,
    { id = uniqueName('m'), at = new Date() }: Message = {},
  ): Headers => {
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
    return {
      'webhook-id': id,
      'webhook-timestamp': String(seconds(at)),
      'webhook-signature': `v1,${hmac(key, `${id}.${seconds(at)}.${body}`).toString('base64')}`,
    };
  },
  stripe: (body: string, secret: string, { at = new Date() }: Message = {}): Headers => ({
    'Stripe-Signature': `t=${seconds(at)},v1=${hmac(secret, `${seconds(at)}.${body}`).toString('hex')}`,
  }),
  shopify: (
    body: string,
    secret: string,
    { id = uniqueName('s'), event = 'orders/create', at }: Message = {},
  ): Headers => ({
    'X-Shopify-Hmac-Sha256': hmac(secret, body).toString('base64'),
    'X-Shopify-Topic': event,
    'X-Shopify-Webhook-Id': id,
    'X-Shopify-Shop-Domain': 'shop.example.com',
    'X-Shopify-Triggered-At': (at ?? new Date()).toISOString(),
  }),
  github: (body: string, secret: string, { id = uniqueName('g'), event = 'push' }: Message = {}): Headers => ({
    'X-Hub-Signature-256': `sha256=${hmac(secret, body).toString('hex')}`,
    'X-GitHub-Delivery': id,
    'X-GitHub-Event': event,
  }),
};
export type SchemeName = keyof typeof SIGN;

/** A body that the scheme takes, unlike all others. */
export function bodyFor(scheme: SchemeName, fields: Record<string, unknown> = {}): string {
  const at = new Date().toISOString();
  const own = { event: 'order.paid', source: 'shop', data: { n: uniqueName('n') }, timestamp: at };
  const stripe = { id: uniqueName('evt_'), object: 'event', type: 'invoice.paid', data: { object: {} } };
  const others = { type: 'invoice.paid', n: uniqueName('n') };
  return JSON.stringify({ ...(scheme === 'own' ? own : scheme === 'stripe' ? stripe : others), ...fields });
}

export function send(source: string, body: string | Buffer, headers: Headers): Promise<Answer> {
  return api('POST', `/api/integrations/webhook${source && `/${source}`}`, {
    body,
    headers: { 'Content-Type': 'application/json', ...headers },
  });
}

export interface Receiver extends Person {
  call(method: string, route: string, body?: unknown): Promise<Answer>;
  source(fields: Record<string, unknown>): Promise<{ id: string; name: string; secret: string; url: string }>;
  read(id: string): Promise<Answer>;
  /** The stored webhook, once it is an event. */
  processed(id: string): Promise<any>;
}

/** Somebody with a tenant of his own, who may work on what comes in for it. */
export async function newReceiver(roles: readonly Role[] = ['tenant:admin'], tenant?: string): Promise<Receiver> {
  const person = await createPerson({ roles, tenant: tenant ?? (await createTenant()) });
  const call: Receiver['call'] = (method, route, body) =>
    api(method, `/api/integrations${route}`, { token: person.token, ...(body === undefined ? {} : { body }) });
  const read: Receiver['read'] = (id) => call('GET', `/webhooks/${id}`);
  return {
    ...person,
    call,
    read,
    source: async (fields) => {
      const { status, body } = await call('POST', '/webhook-sources', { name: 'shop', ...fields });
      if (status !== 201) throw new Error(JSON.stringify(body));
      return body;
    },
    processed: (id) =>
      waitFor(
        async () => {
          const { body } = await read(id);
          return body.status === 'processed' && body;
        },
        { timeoutMs: 60_000 },
      ),
  };
}
