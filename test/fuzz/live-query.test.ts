import net from 'node:net';
import { WebSocket } from 'undici';
import { createPerson, type Person } from '../factories/people';
import { testServer } from '../harness/app';
import { sendRaw } from '../frame/support/raw-http';
import { expectAlive } from './support/client';

const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const subscribe = (query: unknown, more: object = {}): string =>
  JSON.stringify({ op: 'subscribe', requestId: 1, query, ...more });
const onJobs = (where: unknown): string => subscribe({ className: 'DataJob', where });

/** Messages that no client of ours sends. */
const MESSAGES: readonly [string, string | Buffer][] = [
  ['nothing', ''],
  ['no JSON', '{'],
  ['null', 'null'],
  ['a list', '[]'],
  ['a number', '5'],
  ['bytes', Buffer.from([0, 255, 1])],
  ['an unknown operation', '{"op":"explode"}'],
  ['an operation of every object', '{"op":"constructor"}'],
  ['100,000 levels', deep(100_000)],
  ['100,000 levels in a connect', `{"op":"connect","applicationId":"x","installationId":"x","a":${deep(100_000)}}`],
  ['5,000 levels in a where', `{"op":"subscribe","requestId":1,"query":{"className":"DataJob","where":${deep(5000)}}}`],
  [
    '100,000 levels in a where',
    `{"op":"subscribe","requestId":1,"query":{"className":"DataJob","where":${deep(100_000)}}}`,
  ],
  ['a session token that is none', subscribe({ className: 'DataJob', where: {} }, { sessionToken: { a: 1 } })],
  ['no where', subscribe({ className: 'DataJob' })],
  ['a where that is a text', onJobs('x')],
  ['a broken expression', onJobs({ kind: { $regex: '(' } })],
  ['an expression that is none', onJobs({ kind: { $regex: { source: 5 } } })],
  ['$or of nothing', onJobs({ $or: 'x' })],
  ['$or of null', onJobs({ $or: [null] })],
  ['$in of nothing', onJobs({ kind: { $in: 5 } })],
  ['$all of an expression', onJobs({ kind: { $all: [{ $regex: '(' }] } })],
  ['$nearSphere of nothing', onJobs({ kind: { $nearSphere: null } })],
  ['$within of nothing', onJobs({ kind: { $within: { $box: 5 } } })],
  ['$geoWithin of nothing', onJobs({ kind: { $geoWithin: { $centerSphere: [null] } } })],
  ['an invalid date', onJobs({ createdAt: { $gt: { __type: 'Date', iso: 'x' } } })],
  ['a prototype', '{"op":"subscribe","requestId":1,"query":{"className":"__proto__","where":{"__proto__":1}}}'],
  ['another class', subscribe({ className: '_Session', where: {} })],
  ['a class that is none', subscribe({ className: 'Nothing', where: {} })],
  ['keys of another type', subscribe({ className: 'DataJob', where: {}, keys: 5 })],
  ['watch of another type', subscribe({ className: 'DataJob', where: {}, watch: 5 })],
  ['an update of nothing', '{"op":"update","requestId":9,"query":{"className":"DataJob","where":{}}}'],
  ['an end of nothing', '{"op":"unsubscribe","requestId":9}'],
];

const connect = (sessionToken: string): string =>
  JSON.stringify({ op: 'connect', applicationId: testServer().env['PARSE_APP_ID'] ?? 'appbackend', sessionToken });
const LAST = JSON.stringify({ op: 'unsubscribe', requestId: 77 });

/** Sends them in order; resolves when the server has read the last, or closed the connection. */
async function converse(messages: readonly (string | Buffer)[]): Promise<void> {
  const socket = new WebSocket(testServer().url.replace('http', 'ws'));
  const ended = new Promise((resolve) => socket.addEventListener('close', resolve));
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', reject);
  });
  const answered = new Promise<void>((resolve) =>
    socket.addEventListener('message', ({ data }) => {
      if (String(data).includes('subscriptionId 77')) resolve();
    }),
  );
  for (const message of [...messages, LAST]) socket.send(message);
  await Promise.race([answered, ended]);
  socket.close();
  await ended;
}

describe('LiveQuery stands whatever message comes', () => {
  let person: Person;
  beforeAll(async () => (person = await createPerson()));

  it.each(MESSAGES)('%s', async (_name, message) => {
    await converse([message, connect(person.sessionToken), message]);
    await expectAlive();
  });
});

it('ends a connection whose message is larger than any subscription', async () => {
  const socket = new WebSocket(testServer().url.replace('http', 'ws'));
  const closed = new Promise<{ code: number }>((resolve) => socket.addEventListener('close', resolve));
  await new Promise((resolve) => socket.addEventListener('open', resolve));
  socket.send(onJobs({ job_id: { $in: ['x'.repeat(300 * 1024)] } }));
  expect((await closed).code).toBe(1009);
  await expectAlive();
});

describe('connections that ask for another protocol', () => {
  const upgrade = (path: string, more = ''): string =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${more}\r\n`;
  const key = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';

  it.each([
    ['without a key', 400, upgrade('/')],
    ['of another version', 400, upgrade('/', `${key}Sec-WebSocket-Version: 1\r\n`)],
    ['with a broken key', 400, upgrade('/', 'Sec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n')],
    ['h2c', 400, upgrade('/', 'HTTP2-Settings: AAMAAABk\r\n').replace('websocket', 'h2c')],
    ['by CONNECT', 0, 'CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n'],
  ])('%s', async (_name, status, request) => {
    // 0: closed without an answer.
    expect((await sendRaw(testServer().url, request)).status).toBe(status);
    await expectAlive();
  });

  it('and are gone before they are answered, or send what is no frame', async () => {
    const valid = `${key}Sec-WebSocket-Version: 13\r\n`;
    for (const bytes of ['', 'ÿÿÿÿÿÿÿÿÿÿ', '\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff']) {
      await abort(Buffer.from(upgrade('/', valid) + bytes, 'latin1'));
    }
    await expectAlive();
  });
});

/** Sends and resets the connection as soon as something comes back. */
function abort(bytes: Buffer): Promise<void> {
  const { hostname, port } = new URL(testServer().url);
  return new Promise((resolve) => {
    const socket = net.connect(Number(port), hostname, () => socket.write(bytes));
    socket.on('data', () => socket.resetAndDestroy());
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });
}
