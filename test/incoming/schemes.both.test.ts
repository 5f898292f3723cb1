import { gzipSync } from 'node:zlib';
import { adminToken, api } from '../harness/app';
import {
  bodyFor,
  newReceiver,
  send,
  SECRETS,
  SIGN,
  type Headers,
  type Receiver,
  type SchemeName,
} from './support/senders';

const NAMES = Object.keys(SIGN) as SchemeName[];
const LONG_AGO = new Date(Date.now() - 7 * 86_400_000);
const SOON = new Date(Date.now() + 3_600_000);

let receiver: Receiver;
const sources = {} as Record<SchemeName, { id: string; secret: string; url: string }>;

beforeAll(async () => {
  receiver = await newReceiver();
  for (const scheme of NAMES)
    sources[scheme] = await receiver.source({ name: scheme.replace('standard-webhooks', 'standard'), scheme });
});

const refused = { status: 401, body: { error: { code: 'UNAUTHORIZED' } } };
const storedCount = async (): Promise<number> => (await receiver.call('GET', '/webhooks')).body.total;

describe.each(NAMES)('a sender that signs as %s', (scheme) => {
  const sign = (body: string, secret = sources[scheme].secret, message = {}) => SIGN[scheme](body, secret, message);
  const deliver = (body: string, headers: Headers) => send(sources[scheme].id, body, headers);

  it('is heard, and what it sends becomes an event', async () => {
    const body = bodyFor(scheme);
    const answer = await deliver(body, sign(body));
    expect(answer).toMatchObject({ status: 202, body: { received: true, event_id: expect.any(String) } });
    const webhook = await receiver.processed(answer.body.event_id);
    expect(webhook).toMatchObject({ signature_ok: true, payload: body, tenant: receiver.tenantId });
    expect(webhook.events).toEqual([
      { id: expect.any(String), type: `webhook.${webhook.source as string}.${webhook.event as string}` },
    ]);
  });

  it('is heard once when it sends the same again', async () => {
    const body = bodyFor(scheme);
    const headers = sign(body, undefined, { id: `again_${scheme}` });
    const [first, second] = [await deliver(body, headers), await deliver(body, headers)];
    expect(second).toMatchObject({ status: 202, body: { ...first.body, duplicate: true } });
    expect((await receiver.processed(first.body.event_id)).events).toHaveLength(1);
  });

  it('is refused with a forged, foreign, missing or cut signature, and with another body', async () => {
    const before = await storedCount();
    const body = bodyFor(scheme);
    const right = sign(body);
    const [name] = Object.keys(right).filter((header) => /signature|hmac/i.test(header)) as [string];
    const cut = { ...right, [name]: right[name]!.slice(0, -2) };
    const flipped = { ...right, [name]: right[name]!.replace(/.{5}$/, (end) => (end === 'aaaa=' ? 'bbbb=' : 'aaaa=')) };
    const { [name]: _gone, ...unsigned } = right;
    const others = scheme === 'standard-webhooks' ? `whsec_${Buffer.alloc(32, 7).toString('base64')}` : 'x'.repeat(64);
    const tries: [string, string, Headers][] = [
      ['forged', body, flipped],
      ['cut', body, cut],
      ['missing', body, unsigned],
      ['empty', body, { ...right, [name]: '' }],
      ['by another secret', body, sign(body, others)],
      ['another body', `${body} `, right],
      ['another body', body.replace('paid', 'void'), right],
    ];
    for (const [what, text, headers] of tries)
      expect([what, await deliver(text, headers)]).toMatchObject([what, refused]);
    expect(await storedCount()).toBe(before);
  });

  it('may write any JSON, which comes back as it came', async () => {
    const strange = {
      $set: { 'a.b': 1 },
      __proto__x: 1,
      'a\u0000b': '\u0000',
      constructor: { prototype: 1 },
      ä: '😀\ud800',
    };
    const body = bodyFor(scheme, strange).replace('__proto__x', '__proto__');
    const answer = await deliver(body, sign(body));
    expect(answer.status).toBe(202);
    expect((await receiver.processed(answer.body.event_id)).payload).toBe(body);
  });

  it('is told of broken JSON once its signature was right, and not before', async () => {
    for (const body of ['{"event":', '', 'payload=%7B%7D', '[1,2'])
      expect([body, (await deliver(body, sign(body))).status, (await deliver(body, {})).status]).toEqual([
        body,
        400,
        401,
      ]);
  });

  it('says what it sends by no header that is its own affair', async () => {
    const body = bodyFor(scheme);
    const types = ['text/plain', 'application/octet-stream', 'application/vnd.sender+json; charset=utf-8'];
    const answers = await Promise.all(types.map((type) => deliver(body, { ...sign(body), 'Content-Type': type })));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
  });

  it('sends what it has signed: not compressed, and no more than 1 MB', async () => {
    const body = bodyFor(scheme);
    const zipped = await send(sources[scheme].id, gzipSync(body), { ...sign(body), 'Content-Encoding': 'gzip' });
    expect(zipped.status).toBe(415);
    const most = bodyFor(scheme, { text: 'x'.repeat(1_040_000) });
    expect((await deliver(most, sign(most))).status).toBe(202);
    const more = bodyFor(scheme, { text: 'x'.repeat(1_050_000) });
    expect((await deliver(more, sign(more))).status).toBe(413);
  });
});

describe('time', () => {
  it.each([
    ['standard-webhooks', LONG_AGO],
    ['standard-webhooks', SOON],
    ['stripe', LONG_AGO],
    ['stripe', SOON],
    ['shopify', LONG_AGO],
    ['shopify', SOON],
  ] as const)('%s is refused when it was signed at %s', async (scheme, at) => {
    const body = bodyFor(scheme);
    const { id, secret } = sources[scheme];
    expect(await send(id, body, SIGN[scheme](body, secret, { at }))).toMatchObject(refused);
  });

  it.each([LONG_AGO.toISOString(), SOON.toISOString()])(
    'our own is refused when its body is of %s',
    async (timestamp) => {
      const body = bodyFor('own', { timestamp });
      expect(await send(sources.own.id, body, SIGN.own(body, sources.own.secret))).toMatchObject(refused);
    },
  );

  it.each([undefined, null, 7, 'yesterday', '2024-01-01', '2024-13-01T00:00:00Z'])(
    'our own says when, as a time: %s is none',
    async (timestamp) => {
      const body = bodyFor('own', { timestamp });
      expect((await send(sources.own.id, body, SIGN.own(body, sources.own.secret))).status).toBe(400);
    },
  );
});

describe('addresses of the server itself', () => {
  it('take what the settings have a secret for, each of several', async () => {
    const token = await adminToken();
    const cases: [string, SchemeName, string, string][] = [
      ['', 'own', SECRETS.own, 'shop'],
      ['', 'own', SECRETS.ownBefore, 'shop'],
      ['own', 'own', SECRETS.own, 'shop'],
      ['default', 'own', SECRETS.own, 'shop'],
      ['stripe', 'stripe', SECRETS.stripe, 'stripe'],
      ['github', 'github', SECRETS.github, 'github'],
    ];
    for (const [source, scheme, secret, name] of cases) {
      const body = bodyFor(scheme);
      const answer = await send(source, body, SIGN[scheme](body, secret));
      expect([source, answer.status]).toEqual([source, 202]);
      const { body: stored } = await api('GET', `/api/integrations/webhooks/${answer.body.event_id}`, { token });
      expect([source, stored.source]).toEqual([source, name]);
    }
  });

  it('let nobody pass for a sender with a secret of its own', async () => {
    for (const source of ['stripe', 'GitHub', 'shopify', 'a.b', '', 'x'.repeat(41), '\u0000']) {
      const body = bodyFor('own', { source });
      const answer = await send('', body, SIGN.own(body, SECRETS.own));
      expect([source, answer.status]).toEqual([source, source === '' ? 202 : 400]);
    }
  });

  it('are 404 where nobody is, and 503 without a secret', async () => {
    const body = bodyFor('own');
    const headers = SIGN.own(body, SECRETS.own);
    for (const source of ['nobody', 'constructor', '__proto__', 'f'.repeat(32), '%00', '..%2f'])
      expect([source, (await send(source, body, headers)).status]).toEqual([source, source === '%00' ? 400 : 404]);
    expect(await send('shopify', body, headers)).toMatchObject({
      status: 503,
      body: { error: { code: 'INTEGRATION_NOT_CONFIGURED' } },
    });
  });
});
