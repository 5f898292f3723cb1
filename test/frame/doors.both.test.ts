import { createHmac } from 'node:crypto';
import http from 'node:http';
import net from 'node:net';
import { z } from 'zod';
import { uniqueName } from '../factories/ids';
import { waitFor } from '../harness/app';
import { openStore } from '../analytics/support/store';
import type { Contract } from '../../core/operation/contract';
import { buildOpenApi } from '../../core/operation/openapi';
import { collectOperations } from '../../core/operation/registry';
import { roleMatrix } from '../../scripts/generate/role-matrix';
import { endEventStreams } from '../../server/answer-events';
import { disposition } from '../../server/answer-file';
import { DOOR_OPERATIONS, FILE, LARGE_BYTES, SECRET, seen, startDoors } from './support/test-doors';

// Many requests from one address.
process.env['RATE_LIMIT_MAX'] ??= '1000000';

let url: string;
let stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  const store = await openStore();
  const doors = await startDoors();
  url = `${doors.url}/api`;
  stops = [doors.stop, store.close];
});
afterAll(async () => {
  for (const stop of stops) await stop();
});

const codeOf = async (answer: Response): Promise<[number, string]> => [
  answer.status,
  ((await answer.json()) as { error: { code: string } }).error.code,
];

describe('a signed raw body', () => {
  const signed = (body: string, { secret = SECRET, at = Date.now() } = {}): string => {
    const time = Math.floor(at / 1000);
    return `t=${time},v1=${createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')}`;
  };
  const send = (body: string, signature?: string, { sender = 'known', headers = {} } = {}): Promise<Response> =>
    fetch(`${url}/test/hooks/${sender}`, {
      method: 'POST',
      body,
      headers: { ...headers, ...(signature === undefined ? {} : { 'x-signature': signature }) },
    });

  it('is read byte for byte, whatever its type', async () => {
    const body = `{ "a":  1, "b": "${uniqueName('ü')}" }`;
    const answer = await send(body, signed(body), { headers: { 'content-type': 'text/x-odd' } });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      sender: 'known',
      bytes: Buffer.byteLength(body),
      json: JSON.parse(body),
    });
  });

  it('is carried out once, however often it is sent', async () => {
    const body = JSON.stringify(uniqueName('once'));
    const signature = signed(body);
    const first = await send(body, signature);
    const before = seen.hooks;
    const again = await send(body, signature);
    expect([first.status, again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 200, 'true']);
    expect(await again.json()).toEqual(await first.json());
    expect(seen.hooks).toBe(before);
  });

  const body = '{"amount":1}';
  it.each([
    ['no signature', body, undefined, 'known'],
    ['another secret', body, signed(body, { secret: 'wrong' }), 'known'],
    ['a changed body', '{"amount":2}', signed(body), 'known'],
    ['an old time', body, signed(body, { at: Date.now() - 301_000 }), 'known'],
    ['a time to come', body, signed(body, { at: Date.now() + 310_000 }), 'known'],
    ['another form', body, 'v1=00,t=1', 'known'],
    ['too few digits', body, signed(body).slice(0, -1), 'known'],
    ['an unknown sender', body, signed(body), 'unknown'],
    ['the secret of nobody', body, signed(body, { secret: 'nobody' }), 'unknown'],
  ])('is refused with %s', async (_what, sent, signature, sender) => {
    const before = seen.hooks;
    expect(await codeOf(await send(sent, signature, { sender }))).toEqual([401, 'UNAUTHORIZED']);
    expect(seen.hooks).toBe(before);
  });

  it('has a limit in bytes, and comes uncompressed', async () => {
    const long = 'ü'.repeat(501);
    expect(await codeOf(await send(long, signed(long)))).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    const zipped = await send(body, signed(body), { headers: { 'content-encoding': 'gzip' } });
    expect(await codeOf(zipped)).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  });

  it('that is no JSON, or reaches a prototype, is the handler’s to refuse', async () => {
    for (const bad of ['{', '{"__proto__":1}', '\u0000'])
      expect(await codeOf(await send(bad, signed(bad)))).toEqual([400, 'VALIDATION_ERROR']);
  });
});

describe('an API key', () => {
  const get = (key: string): Promise<Response> => fetch(`${url}/test/keyed`, { headers: { 'x-api-key': key } });

  it('that has the scopes opens the operation, for its tenant', async () => {
    const answer = await get('key-that-may');
    expect([answer.status, await answer.json()]).toEqual([200, { key: 'key-that-may', tenant: 'tenant-of-the-key' }]);
    expect(answer.headers.get('ratelimit-policy')).toContain('"user"');
  });

  it('that lacks one hears which', async () => {
    const answer = await get('key-that-may-not');
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('list:things');
  });

  it.each(['unknown-key', 'x', `${'k'.repeat(300)}`, 'a key; with spaces'])('%s opens nothing', async (key) => {
    expect(await codeOf(await get(key))).toEqual([401, 'UNAUTHORIZED']);
  });

  it('is needed', async () => {
    expect(await codeOf(await fetch(`${url}/test/keyed`))).toEqual([401, 'UNAUTHORIZED']);
  });
});

describe('PATCH', () => {
  const patch = (id: string, name: string, key: string): Promise<Response> =>
    fetch(`${url}/test/things/${id}`, {
      method: 'PATCH',
      body: JSON.stringify({ name }),
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
    });

  it('with an Idempotency-Key is carried out once', async () => {
    const [id, key] = [uniqueName('thing'), uniqueName('key')];
    const first = (await (await patch(id, 'a', key)).json()) as object;
    expect(first).toMatchObject({ id, name: 'a' });
    expect(await (await patch(id, 'a', key)).json()).toEqual(first);
    expect(await codeOf(await patch(id, 'b', key))).toEqual([422, 'IDEMPOTENCY_MISMATCH']);
  });

  it('is told to browsers and to who uses another method', async () => {
    const asked = await fetch(`${url}/test/things/1`, { method: 'OPTIONS' });
    expect([asked.status, asked.headers.get('access-control-allow-methods')]).toEqual([204, 'PATCH']);
    const wrong = await fetch(`${url}/test/things/1`, { method: 'POST' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'PATCH, OPTIONS']);
  });
});

describe('a file', () => {
  const get = (headers: Record<string, string> = {}, query = '', method = 'GET'): Promise<Response> =>
    fetch(`${url}/test/file${query}`, { method, headers });

  it('comes whole, as an attachment', async () => {
    const answer = await get({}, '?name=figures%20%C3%BC.csv');
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe(FILE.toString());
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/plain',
      'content-length': '100',
      'accept-ranges': 'bytes',
      'content-disposition': `attachment; filename="figures _.csv"; filename*=UTF-8''figures%20%C3%BC.csv`,
      'x-content-type-options': 'nosniff',
    });
  });

  it.each([
    ['bytes=0-9', 206, 'bytes 0-9/100', 10],
    ['bytes=95-', 206, 'bytes 95-99/100', 5],
    ['bytes=-3', 206, 'bytes 97-99/100', 3],
    ['bytes=90-1000', 206, 'bytes 90-99/100', 10],
    ['bytes=100-', 416, 'bytes */100', 0],
    ['bytes=-0', 416, 'bytes */100', 0],
    ['bytes=0-1,5-6', 200, null, 100],
    ['bytes=9-1', 200, null, 100],
    ['lines=1-2', 200, null, 100],
  ])('answers the range %s with %i', async (range, status, contentRange, length) => {
    const answer = await get({ range });
    const text = await answer.text();
    expect([answer.status, answer.headers.get('content-range'), text.length]).toEqual([status, contentRange, length]);
    if (status === 206) {
      const start = Number(/ (\d+)-/.exec(contentRange!)![1]);
      expect(text).toBe(FILE.toString().slice(start, start + length));
    }
  });

  it('is known by its tag', async () => {
    expect((await get({ 'if-none-match': '"v1"' })).status).toBe(304);
    expect((await get({ range: 'bytes=0-1', 'if-range': '"v1"' })).status).toBe(206);
    expect((await get({ range: 'bytes=0-1', 'if-range': '"v0"' })).status).toBe(200);
    const head = await get({}, '', 'HEAD');
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '100', '']);
  });

  it.each([
    ['a"; x="b.txt', `attachment; filename="a_; x=_b.txt"; filename*=UTF-8''a%22%3B%20x%3D%22b.txt`],
    ['a\r\nset-cookie: x', `attachment; filename="a__set-cookie: x"; filename*=UTF-8''a__set-cookie%3A%20x`],
    ['../../etc\\passwd', `attachment; filename=".._.._etc_passwd"; filename*=UTF-8''.._.._etc_passwd`],
    ['\ud800', `attachment; filename="_"; filename*=UTF-8''%EF%BF%BD`],
    ['', `attachment; filename="file"; filename*=UTF-8''file`],
  ])('has a name that cannot leave its header: %j', (name, header) => {
    expect(disposition(name, false)).toBe(header);
  });

  it('waits for a slow reader, and is closed when he leaves', async () => {
    const request = http.get(`${url}/test/large`);
    const response = await new Promise<http.IncomingMessage>((resolve) => request.once('response', resolve));
    response.pause();
    // Nothing more is read from the source, once the buffers on the way are full.
    let before = -1;
    await waitFor(() => (seen.produced > 0 && seen.produced === before) || ((before = seen.produced), false), {
      everyMs: 300,
    });
    expect(seen.produced).toBeLessThan(LARGE_BYTES / 2);
    expect(seen.isClosed).toBe(false);
    request.once('error', () => undefined).destroy();
    await waitFor(() => seen.isClosed);
  });

  it('that is shorter than it says breaks the connection', async () => {
    const whole = fetch(`${url}/test/large?missing=5`).then((answer) => answer.text());
    await expect(whole).rejects.toThrow();
  });
});

describe('a stream of events', () => {
  /** What has come so far, as it came. */
  function listen(headers: Record<string, string> = {}, query = '') {
    const heard = { text: '', isEnded: false, status: 0, type: '' as string | undefined };
    const request = http.get(`${url}/test/events${query}`, { headers }, (response) => {
      Object.assign(heard, { status: response.statusCode, type: response.headers['content-type'] });
      response.on('data', (chunk: Buffer) => (heard.text += chunk.toString()));
      response.once('close', () => (heard.isEnded = true)).once('error', () => undefined);
    });
    request.once('error', () => undefined);
    return { heard, request };
  }

  it('has ids, names, data in one line, and a heartbeat', async () => {
    const { heard, request } = listen({ 'last-event-id': '41' });
    await waitFor(() => /\n:\n/.test(heard.text));
    expect([heard.status, heard.type]).toEqual([200, 'text/event-stream; charset=utf-8']);
    expect(heard.text).toMatch(/^id: 1\nevent: tick\ndata: \{"text":"a\\nb"\}\n\nid: 2\ndata: null\n\n(:\n\n)+$/);
    expect(seen.lastEventId).toBe('41');
    request.destroy();
    await waitFor(() => seen.streams === 0);
  });

  it('tells no id that would begin another field', async () => {
    const { heard } = listen({}, '?bad=true');
    await waitFor(() => heard.isEnded);
    expect(heard.text).not.toContain('forged');
  });

  it('ends when the server does', async () => {
    const { heard } = listen();
    await waitFor(() => heard.text.includes('id: 2'));
    endEventStreams();
    await waitFor(() => heard.isEnded && seen.streams === 0);
  });

  it('is limited to twenty for a caller', async () => {
    const streams = Array.from({ length: 20 }, () => listen());
    await waitFor(() => seen.streams === 20);
    expect(await codeOf(await fetch(`${url}/test/events`))).toEqual([429, 'RATE_LIMITED']);
    for (const { request } of streams) request.destroy();
    await waitFor(() => seen.streams === 0);
    const { heard } = listen();
    await waitFor(() => heard.status === 200);
    endEventStreams();
  });

  it('answers HEAD with its headers', async () => {
    const answer = await fetch(`${url}/test/events`, { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  });
});

it('a client that stops in the middle of a raw body leaves nothing behind', async () => {
  const before = seen.hooks;
  const { hostname, port } = new URL(url);
  const socket = net.connect(Number(port), hostname);
  socket.write('POST /api/test/hooks/known HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf');
  await new Promise((resolve) => setImmediate(resolve));
  socket.destroy();
  expect((await fetch(`${url}/test/file`)).status).toBe(200);
  expect(seen.hooks).toBe(before);
});

describe('the documents', () => {
  it('say who may call, what is sent and what comes', () => {
    const { paths, components } = buildOpenApi(DOOR_OPERATIONS, {
      version: '1',
      basePath: '/api',
      parseMount: '/parse',
    });
    expect(paths['/api/test/hooks/{sender}']!.post).toMatchObject({
      security: [{ signature: [] }],
      requestBody: { content: { '*/*': {} } },
    });
    expect(paths['/api/test/keyed']!.get).toMatchObject({ security: [{ apiKey: ['read:things', 'list:things'] }] });
    expect(paths['/api/test/things/{id}']!.patch).toMatchObject({ operationId: 'testPatched' });
    expect(paths['/api/test/file']!.get).toMatchObject({ responses: { '200': {}, '206': {}, '416': {} } });
    expect(paths['/api/test/events']!.get).toMatchObject({
      responses: { '200': { content: { 'text/event-stream': {} } } },
    });
    expect(Object.keys(components.securitySchemes)).toEqual(expect.arrayContaining(['apiKey', 'signature']));
    const matrix = roleMatrix(DOOR_OPERATIONS, '/api').split('\n');
    expect(matrix.find((line) => line.includes('testKeyed'))).toMatch(
      /( – \|){10} yes \| `read:things`, `list:things` \|$/,
    );
    expect(matrix.find((line) => line.includes('testHook'))).toMatch(/( sig \|){12}$/);
  });

  it.each<[string, Partial<Contract>]>([
    ['REST only', { cloud: true }],
    ['has no body', { rest: { method: 'GET', path: '/x', status: 200, body: 'raw' }, access: { kind: 'public' } }],
    [
      'neither kept',
      {
        rest: { method: 'POST', path: '/x', status: 200, answer: 'file' },
        idempotency: 'key',
        access: { kind: 'public' },
      },
    ],
    ['has a verifier', {}],
  ])('refuse to boot what no door can serve: %s', (message, change) => {
    const contract = { ...DOOR_OPERATIONS[0]!.contract, input: z.strictObject({}), ...change };
    const operations = [{ contract, handler: DOOR_OPERATIONS[0]!.handler }];
    expect(() => collectOperations([{ name: 'test', operations }])).toThrow(message);
  });
});
