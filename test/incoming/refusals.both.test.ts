import { deflateSync, gzipSync } from 'node:zlib';
import { connect } from 'node:net';
import { once } from 'node:events';
import { sendRaw } from '../frame/support/raw-http';
import { uniqueName } from '../factories/ids';
import { adminToken, api, parseRest, testServer, waitFor } from '../harness/app';
import { bodyFor, newReceiver, send, SIGN, type Headers, type Receiver, type SchemeName } from './support/senders';

const NAMES = Object.keys(SIGN) as SchemeName[];
const MAX_BYTES = 1_048_576;

let receiver: Receiver;
const sources = {} as Record<SchemeName, { id: string; secret: string }>;

beforeAll(async () => {
  receiver = await newReceiver();
  for (const scheme of NAMES)
    sources[scheme] = await receiver.source({ name: scheme.replace('standard-webhooks', 'standard'), scheme });
});

const refusal = (status: number, code: string) => ({ status, body: { error: { code } } });
const UNAUTHORIZED = refusal(401, 'UNAUTHORIZED');
const NOT_JSON = refusal(400, 'VALIDATION_ERROR');

const stored = async (): Promise<number> => (await receiver.call('GET', '/webhooks?limit=1')).body.total;
const signatureOf = (headers: Headers): string => Object.keys(headers).find((name) => /signature|hmac/i.test(name))!;
const sign = (scheme: SchemeName, body: string, message = {}): Headers =>
  SIGN[scheme](body, sources[scheme].secret, message);

/** Standard Webhooks' secrets are base64 of the key. */
const secretFor = (scheme: SchemeName, secret: string): string =>
  scheme === 'standard-webhooks' ? `whsec_${Buffer.from(secret).toString('base64')}` : secret;

/** For a request that fetch refuses to make. */
function raw(scheme: SchemeName, headers: readonly [string, string][], body: string): string {
  const { host } = new URL(testServer().url);
  const lines = [
    `POST /api/integrations/webhook/${sources[scheme].id} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: close',
    'Content-Type: application/json',
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

describe.each(NAMES)('signed as %s', (scheme) => {
  const deliver = (body: string | Buffer, headers: Headers) => send(sources[scheme].id, body, headers);

  it('refuses each way of another scheme, and stores nothing', async () => {
    const before = await stored();
    // Our own and GitHub's are the same value, in another header.
    const alike: readonly SchemeName[] = ['own', 'github'];
    for (const other of NAMES.filter((name) => name !== scheme)) {
      const body = bodyFor(other);
      const headers = SIGN[other](body, secretFor(other, sources[scheme].secret));
      expect([other, await deliver(body, headers)]).toMatchObject([other, UNAUTHORIZED]);
      if (alike.includes(scheme) && alike.includes(other)) continue;
      const mixed = { ...headers, [signatureOf(sign(scheme, body))]: headers[signatureOf(headers)]! };
      expect([other, await deliver(body, mixed)]).toMatchObject([other, UNAUTHORIZED]);
    }
    expect(await stored()).toBe(before);
  });

  it('refuses a signature that is there twice, where the two are not the scheme’s own list', async () => {
    const before = await stored();
    const body = bodyFor(scheme);
    const headers = sign(scheme, body);
    const name = signatureOf(headers);
    const others = Object.entries(headers).filter(([header]) => header !== name);
    const length: [string, string] = ['Content-Length', String(Buffer.byteLength(body))];
    const wrong = headers[name]!.replace(/[0-9a-f]{8}|[A-Za-z0-9+/]{8}(?==*$)/, '00000000');
    for (const pair of [
      [wrong, wrong],
      ['', ''],
    ]) {
      const twice = pair.map((value): [string, string] => [name, value]);
      const answer = await sendRaw(testServer().url, raw(scheme, [...others, ...twice, length], body));
      expect([pair, answer.status, JSON.parse(answer.body).error.code]).toEqual([pair, 401, 'UNAUTHORIZED']);
    }
    expect(await stored()).toBe(before);
  });

  it('refuses a body that is not what was signed, by a byte, a space or an order of keys', async () => {
    const before = await stored();
    const body = bodyFor(scheme);
    const headers = sign(scheme, body);
    const reordered = JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(body) as object).reverse()));
    for (const other of [
      body.slice(0, -1),
      ` ${body}`,
      `${body}\n`,
      `\ufeff${body}`,
      reordered,
      JSON.stringify(JSON.parse(body), null, 1),
    ])
      expect([other, await deliver(other, headers)]).toMatchObject([other, UNAUTHORIZED]);
    expect(await stored()).toBe(before);
  });

  it('refuses what is not JSON in UTF-8, with the right signature, as 400', async () => {
    const before = await stored();
    for (const body of ['', ' ', '{', '{"a":}', 'null null', '<xml/>', "{'a':1}", '\u0000', '{"a":NaN}', '[1,]'])
      expect([body, await deliver(body, sign(scheme, body))]).toMatchObject([body, NOT_JSON]);
    expect(await stored()).toBe(before);
  });

  it('refuses more than 1 MB, whether it is announced or not, and compressed bodies', async () => {
    const before = await stored();
    const large = bodyFor(scheme, { text: '' });
    const body = large.replace('"text":""', `"text":"${'x'.repeat(MAX_BYTES + 1 - large.length)}"`);
    expect(Buffer.byteLength(body)).toBe(MAX_BYTES + 1);
    const headers = sign(scheme, body);
    expect(await deliver(body, headers)).toMatchObject(refusal(413, 'PAYLOAD_TOO_LARGE'));
    const chunked = new ReadableStream({
      start: (controller) => {
        controller.enqueue(Buffer.from(body));
        controller.close();
      },
    });
    const streamed = await api('POST', `/api/integrations/webhook/${sources[scheme].id}`, {
      body: chunked,
      headers: { 'Content-Type': 'application/json', ...headers },
    });
    expect(streamed).toMatchObject(refusal(413, 'PAYLOAD_TOO_LARGE'));
    const small = bodyFor(scheme);
    for (const [encoding, bytes] of [
      ['gzip', gzipSync(small)],
      ['deflate', deflateSync(small)],
      ['br', Buffer.from(small)],
      ['nonsense', Buffer.from(small)],
    ] as const)
      expect([encoding, await deliver(bytes, { ...sign(scheme, small), 'Content-Encoding': encoding })]).toMatchObject([
        encoding,
        refusal(415, 'UNSUPPORTED_MEDIA_TYPE'),
      ]);
    expect(await stored()).toBe(before);
    // One byte less is taken, and so is one that says that it is not compressed.
    const most = body.replace('"xx', '"x');
    expect((await deliver(most, sign(scheme, most))).status).toBe(202);
    expect((await deliver(small, { ...sign(scheme, small), 'Content-Encoding': 'identity' })).status).toBe(202);
  });

  it('takes JSON of any depth and any keys, which nothing looks into', async () => {
    const deep = bodyFor(scheme, { deep: 0 }).replace(
      '"deep":0',
      `"deep":${'['.repeat(100_000)}${']'.repeat(100_000)}`,
    );
    const keys = bodyFor(scheme, { keys: 0 }).replace(
      '"keys":0',
      '"__proto__":{"admin":true},"constructor":{"prototype":{}},"$where":"1","a.b":1,"_rperm":["*"]',
    );
    for (const body of [deep, keys]) {
      const answer = await deliver(body, sign(scheme, body));
      expect(answer.status).toBe(202);
      expect((await receiver.processed(answer.body.event_id)).payload).toBe(body);
    }
  });

  it('stores nothing of a body whose sender went away before its end', async () => {
    const before = await stored();
    const body = bodyFor(scheme);
    const headers: [string, string][] = Object.entries(sign(scheme, body));
    const { hostname, port } = new URL(testServer().url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.end(raw(scheme, [...headers, ['Content-Length', String(Buffer.byteLength(body) + 10)]], body));
    const closed = once(socket, 'close');
    socket.resume();
    await closed;
    // The whole of it is heard afterwards, and as the first.
    const answer = await deliver(body, Object.fromEntries(headers));
    expect(answer).toMatchObject({ status: 202 });
    expect(answer.body).not.toHaveProperty('duplicate');
    expect(await stored()).toBe(before + 1);
  });
});

it('a body that lacks what its scheme asks for is 400', async () => {
  const before = await stored();
  const at = new Date().toISOString();
  const cases: [SchemeName, object][] = [
    ['own', { source: 'shop', timestamp: at }],
    ['own', { event: 7, timestamp: at }],
    ['own', { event: '', timestamp: at }],
    ['own', { event: 'x' }],
    ['own', ['event']],
    ['stripe', { type: 'invoice.paid' }],
    ['stripe', { id: 'evt_1' }],
    ['stripe', { id: {}, type: 'invoice.paid' }],
    ['stripe', []],
  ];
  for (const [scheme, value] of cases) {
    const body = JSON.stringify(value);
    expect([body, await send(sources[scheme].id, body, sign(scheme, body))]).toMatchObject([body, NOT_JSON]);
  }
  expect(await stored()).toBe(before);
});

it('a query is no part of what is signed, and refused', async () => {
  const body = bodyFor('own');
  expect(await send(`${sources.own.id}?source=github`, body, sign('own', body))).toMatchObject({ status: 400 });
});

it('a refusal is audited with its code and without what was sent; a right one is no entry', async () => {
  const body = bodyFor('github');
  const requestId = uniqueName('forged-');
  const headers: Headers = { ...sign('github', `${body} `), 'X-Request-Id': requestId };
  expect(await send(sources.github.id, body, headers)).toMatchObject(UNAUTHORIZED);
  const right = uniqueName('right-');
  expect((await send(sources.github.id, body, { ...sign('github', body), 'X-Request-Id': right })).status).toBe(202);
  const rows = async (id: string): Promise<any[]> =>
    (await parseRest('GET', `/classes/AuditLog?where=${JSON.stringify({ request_id: id })}`, { masterKey: true })).body
      .results;
  const [row, ...others] = await waitFor(async () => {
    const found = await rows(requestId);
    return found.length > 0 && found;
  });
  expect(others).toEqual([]);
  expect(row).toMatchObject({ action: 'receiveWebhookFrom', outcome: 'UNAUTHORIZED', door: 'rest' });
  for (const secret of [headers['X-Hub-Signature-256'], JSON.parse(body).n])
    expect(JSON.stringify(row)).not.toContain(secret);
  expect(await rows(right)).toEqual([]);
});

it('is no cloud function, and takes a signature from nobody else: not a token either', async () => {
  const body = bodyFor('own');
  const asked = await parseRest('POST', '/functions/receiveWebhook', { masterKey: true, body: JSON.parse(body) });
  expect(asked.body.code).toBe(141);
  const token = await adminToken();
  expect(await api('POST', '/api/integrations/webhook', { token, body })).toMatchObject(UNAUTHORIZED);
  expect((await api('GET', '/api/integrations/webhook')).status).toBe(405);
});
