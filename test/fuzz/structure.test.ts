import { gzipSync } from 'node:zlib';
import { adminToken, testServer } from '../harness/app';
import type { OperationFacts } from '../factories/registry';
import { sendRaw } from '../frame/support/raw-http';
import { expectAlive, notBroken, reportSlow, volley, type Shot } from './support/client';
import { HASHING, PARSE_APP, Shooter, targetsOf } from './support/targets';

const LONG_MS = 180_000;
const WRONG: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  '',
  'x',
  [],
  [[]],
  [null],
  {},
  { a: { b: [1] } },
  { $ne: 1 },
];
const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const json = { 'content-type': 'application/json' };

let shooter: Shooter;

beforeAll(async () => {
  shooter = await Shooter.create();
});
afterAll(reportSlow);

/** Each field missing, each of every wrong type, and one that nobody knows. */
function mutations(operation: OperationFacts): [string, Record<string, unknown>][] {
  const sample = shooter.sample(operation);
  const fields = Object.keys(operation.input.properties ?? {});
  const wrong = HASHING.has(operation.name) ? WRONG.filter((value) => typeof value !== 'string') : WRONG;
  return [
    ['nothing', {}],
    ['extra', { ...sample, no_such_field: 1 }],
    ...fields.flatMap((field): [string, Record<string, unknown>][] => {
      const { [field]: _gone, ...without } = sample;
      return [
        [`${field} missing`, without],
        ...wrong.map((value): [string, Record<string, unknown>] => [
          `${field} = ${JSON.stringify(value)}`,
          { ...sample, [field]: value },
        ]),
      ];
    }),
  ];
}

describe('inputs of another shape', () => {
  it.each(targetsOf('rest'))(
    '%s over REST',
    async (_name, operation) => {
      const shots = mutations(operation).map(([about, input]) => shooter.rest(operation, input, about));
      expect(await volley(shots)).toEqual([]);
      await expectAlive();
    },
    LONG_MS,
  );

  it.each(targetsOf('cloud'))(
    '%s as a cloud function',
    async (_name, operation) => {
      const shots = mutations(operation).map(([about, input]) => shooter.cloud(operation, input, about));
      expect(await volley(shots)).toEqual([]);
      await expectAlive();
    },
    LONG_MS,
  );
});

/** Bodies that no contract means, at one door after the other. */
const HOSTILE: readonly [string, string | Buffer, Record<string, string>][] = [
  ['3,000 levels', `{"a":${deep(3000)}}`, json],
  ['3,000 levels as text/plain', `{"a":${deep(3000)}}`, { 'content-type': 'text/plain' }],
  ['3,000 levels as text/xml', `{"a":${deep(3000)}}`, { 'content-type': 'text/xml' }],
  ['3,000 levels without a type', `{"a":${deep(3000)}}`, {}],
  ['100,000 levels', `{"a":${deep(100_000)}}`, json],
  ['a text of 1 MB', JSON.stringify({ a: 'x'.repeat(1_000_000) }), json],
  ['a number of 100,000 digits', `{"a":${'9'.repeat(100_000)}}`, json],
  ['100,000 keys', JSON.stringify(Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`k${n}`, n]))), json],
  ['__proto__', '{"__proto__":{"polluted":true}}', json],
  ['constructor.prototype', '{"constructor":{"prototype":{"polluted":true}}}', json],
  ['NUL', '{"a":"\\u0000"}', json],
  ['lone surrogates', '{"\\ud800":"\\udfff"}', json],
  ['a list', '[]', json],
  ['a number', '5', json],
  ['null', 'null', json],
  ['nothing', '', json],
  ['a form', 'a=1&b=2', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['a broken multipart', '--x\r\n', { 'content-type': 'multipart/form-data; boundary=x' }],
  ['a multipart without boundary', 'x', { 'content-type': 'multipart/form-data' }],
  ['XML', '<a/>', { 'content-type': 'application/xml' }],
  ['a type that is none', '{}', { 'content-type': '\u00ff/;;;' }],
  ['another charset', '{}', { 'content-type': 'application/json; charset=utf-16' }],
  ['gzip', gzipSync('{}'), { ...json, 'content-encoding': 'gzip' }],
  ['a gzip bomb', gzipSync(Buffer.alloc(50_000_000)), { ...json, 'content-encoding': 'gzip' }],
  ['an encoding nobody knows', '{}', { ...json, 'content-encoding': 'x' }],
];
const DOORS = [
  '/api/auth/login',
  '/api/users',
  '/api/data/process',
  '/api/data/batch',
  '/api/data/batch?options=%7B',
  '/parse/functions/getHealth',
  '/parse/classes/Purchase',
  '/parse/users',
  '/parse/login',
  '/parse/batch',
  '/parse/files/x.txt',
  '/parse/events/AppOpened',
  '/graphql',
  '/nothing',
];

describe('hostile bodies', () => {
  it.each(DOORS)(
    'at %s',
    async (path) => {
      const authorization = `Bearer ${await adminToken()}`;
      const shots = HOSTILE.map(([about, body, headers]): Shot => ({
        method: 'POST',
        path,
        body,
        about,
        headers: { ...PARSE_APP, authorization, ...headers },
      }));
      // Refused bodies are not read to their end: the connection may break under a client that still sends.
      const faults = await volley(shots, notBroken);
      expect(faults.filter((fault) => !/no answer: .*(ECONNRESET|EPIPE|other side closed)/.test(fault))).toEqual([]);
      await expectAlive();
      const plain = await fetch(new URL('/health', testServer().url));
      expect(await plain.text()).not.toContain('polluted');
    },
    LONG_MS,
  );
});

describe('hostile request lines and headers', () => {
  const line = (path: string, more = ''): string =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}Connection: close\r\n\r\n`;

  it.each([
    ['a broken escape', 404, line('/api/users/%')],
    ['an overlong escape', 404, line('/api/users/%c0%ae%c0%ae')],
    ['an escaped NUL', 401, line('/api/users/%00')],
    ['an escaped slash', 401, line('/api/users/..%2f..%2fetc')],
    ['dots', 404, line('/api/../../etc/passwd')],
    ['a broken escape at Parse', 400, line('/parse/classes/%', 'X-Parse-Application-Id: appbackend\r\n')],
    ['a broken escape in the query', 401, line('/api/users?q=%')],
    ['a query given twice', 401, line('/api/users?limit=1&limit=2')],
    ['a query with brackets', 401, line('/api/users?limit[]=1&q[a][b]=2')],
    ['__proto__ in the query', 401, line('/api/users?__proto__=1&constructor=2')],
    ['10,000 parameters', 401, line(`/api/users?${'a=1&'.repeat(2500)}`)],
    ['a header of 10 kB', 401, line('/api/users', `X-Long: ${'x'.repeat(10_000)}\r\n`)],
    ['a header of 20 kB', 431, line('/api/users', `X-Long: ${'x'.repeat(20_000)}\r\n`)],
    ['a token of 10 kB', 401, line('/api/users', `Authorization: Bearer ${'x'.repeat(10_000)}\r\n`)],
    ['two Authorization headers', 401, line('/api/users', 'Authorization: Bearer a\r\nAuthorization: Bearer b\r\n')],
    ['junk credentials', 401, line('/api/users', 'Authorization: \u00e4\u00f6\r\nX-Parse-Session-Token: r:x\r\n')],
    [
      'an SDK version that tires a regular expression',
      400,
      line(
        '/parse/classes/X',
        `X-Parse-Application-Id: appbackend\r\nX-Parse-Client-Version: js${'1.'.repeat(3000)}\r\n`,
      ),
    ],
    [
      'two lengths',
      400,
      'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
    ],
    [
      'length and chunks',
      400,
      'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['no host', 400, 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['an unknown method', 400, 'BREW /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    ['an absolute address', 200, line('http://elsewhere.example/health')],
    ['a star', 404, 'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
  ] as const)('%s', async (_name, status, request) => {
    const answer = await sendRaw(testServer().url, Buffer.from(request, 'latin1'));
    expect(answer.status).toBe(status);
    await expectAlive();
  });
});
