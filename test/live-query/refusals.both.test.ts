import { createPerson, type Person } from '../factories/people';
import { parseRest, testServer, waitFor } from '../harness/app';
import { connectLive, openLive, type LiveClient } from '../harness/live-client';
import { newOwnClass, OPEN } from './support/own-class';

const SIGNED_IN = { requiresAuthentication: true };
let person: Person;
let anonymous: LiveClient;
let signedIn: LiveClient;
let open: string;
beforeAll(async () => {
  person = await createPerson();
  [anonymous, signedIn] = [await connectLive(), await connectLive({ sessionToken: person.sessionToken })];
  open = await newOwnClass({ ...OPEN, protectedFields: { '*': ['secret'] } });
});
afterAll(() => {
  anonymous.close();
  signedIn.close();
});

const INTERNAL = [
  '_User',
  '_Session',
  '_Role',
  '_Installation',
  '_JobStatus',
  'RefreshToken',
  'AuditLog',
  'SelfTest',
  'DashboardConfig',
  'DeadLetter',
  'Tenant',
  'TenantMember',
  '__proto__',
  'constructor',
  'NoSuchClass',
];

test.each(INTERNAL)('refuses %s to everybody', async (className) => {
  for (const client of [anonymous, signedIn, await connectLive({ masterKey: testServer().masterKey })])
    expect(await client.ask(className)).toMatchObject({ op: 'error', code: 119, reconnect: false });
});

test('refuses what a find would refuse: classes that are closed, or open to the signed in', async () => {
  const closed = await newOwnClass({ ...OPEN, find: {}, get: {} });
  const members = await newOwnClass({ ...OPEN, find: SIGNED_IN, get: SIGNED_IN });
  const pointed = await newOwnClass({ ...OPEN, find: {}, get: {}, readUserFields: ['owner'] });
  for (const className of [closed, members, pointed, 'Purchase', 'DataJob'])
    expect(await anonymous.ask(className)).toMatchObject({ op: 'error', code: 119, reconnect: false });
  expect(await signedIn.ask(closed)).toMatchObject({ op: 'error', code: 119 });
  for (const className of [members, pointed, 'Purchase', 'DataJob'])
    expect(await signedIn.ask(className)).toMatchObject({ op: 'subscribed' });
});

test('refuses a session that is none or is over, whether it came with the connection or the subscription', async () => {
  const ended = await createPerson();
  const early = await connectLive({ sessionToken: ended.sessionToken });
  expect((await parseRest('POST', '/logout', { sessionToken: ended.sessionToken })).status).toBe(200);
  expect(await early.ask(open)).toMatchObject({ op: 'error', code: 209, reconnect: false });
  for (const sessionToken of [ended.sessionToken, `r:${'0'.repeat(32)}`, 'x'])
    expect(await anonymous.ask(open, {}, {}, { sessionToken })).toMatchObject({ op: 'error', code: 209 });
  early.close();
});

/** Conditions that LiveQuery cannot follow, or must not. */
const CONDITIONS: readonly [string, object, number][] = [
  ['a subquery', { a: { $inQuery: { className: '_User', where: {} } } }, 102],
  ['a negated subquery', { a: { $notInQuery: { className: '_User', where: {} } } }, 102],
  ['$select', { a: { $select: { query: { className: '_User', where: {} }, key: 'email' } } }, 102],
  ['$dontSelect', { a: { $dontSelect: { query: {}, key: 'x' } } }, 102],
  ['a relation', { $relatedTo: { object: {}, key: 'x' } }, 102],
  ['full text', { a: { $text: { $search: { $term: 'x' } } } }, 102],
  ['$where', { $where: '1' }, 102],
  ['an unknown operator', { a: { $sounds: 'x' } }, 102],
  ['an inherited operator', { a: { $gt: 1, constructor: 1 } }, 102],
  ['a hidden column', { _hashed_password: 'x' }, 102],
  ['a hidden column in $or', { $or: [{ _rperm: 'x' }] }, 102],
  ['$or of an object', { $or: { a: 1 } }, 102],
  ['$or of texts', { $or: ['a'] }, 102],
  ['$in of a text', { a: { $in: 'x' } }, 102],
  ['$all of expressions', { a: { $all: [{ $regex: 'x' }] } }, 102],
  ['an expression in a list', { a: { $in: [{ $regex: '(a+)+$' }] } }, 102],
  ['$regex that is a number', { a: { $regex: 5 } }, 102],
  ['$regex that is an object (GHSA-mf3j-86qx-cq5j)', { a: { $regex: { source: '(a+)+$', flags: '' } } }, 102],
  ['$regex that is broken', { a: { $regex: '(' } }, 102],
  ['$regex with a flag that is none', { a: { $regex: 'a', $options: 'y' } }, 102],
  ['$regex that repeats a group (GHSA-mf3j-86qx-cq5j)', { a: { $regex: '^(a+)+$' } }, 102],
  ['$regex with many repeats', { a: { $regex: '.*a.*b.*c' } }, 102],
  ['$regex that refers back', { a: { $regex: '(a)\\1' } }, 102],
  ['$regex that looks ahead', { a: { $regex: '(?=a)' } }, 102],
  ['$regex in $or that is broken', { $or: [{ a: 1 }, { $and: [{ a: { $regex: '(' } }] }] }, 102],
  ['a protected field', { secret: 'x' }, 119],
  ['a protected field under $or (GHSA-72hp-qff8-4pvv)', { $or: [{ a: 1 }, { secret: 'x' }] }, 119],
  ['a protected field deep under $and, $nor', { $and: [{ $nor: [{ $or: [{ secret: { $gt: 'x' } }] }] }] }, 119],
  ['inside a protected field', { 'secret.a': 'x' }, 119],
  ['$or nested eleven times', nested(11), 102],
  ['more conditions than 200', { $or: Array.from({ length: 201 }, (_, n) => ({ a: n })) }, 102],
];

test.each(CONDITIONS)('refuses %s', async (_name, where, code) => {
  expect(await signedIn.ask(open, where)).toMatchObject({ op: 'error', code, reconnect: false });
});

test('refuses a condition that is nested thousands of times', async () => {
  const client = await connectLive({ sessionToken: person.sessionToken });
  for (const where of [
    '{"a":'.repeat(5000) + '1' + '}'.repeat(5000),
    '{"a":' + '['.repeat(5000) + ']'.repeat(5000) + '}',
  ])
    for (const op of ['subscribe', 'update']) {
      const requestId = client.messages.length + 1;
      client.sendText(`{"op":"${op}","requestId":${requestId},"query":{"className":"${open}","where":${where}}}`);
      const answer = await waitFor(() => client.messages.find((message) => message.requestId === requestId));
      expect(answer).toMatchObject({ op: 'error', code: 102 });
    }
  client.close();
});

test('refuses to watch a protected field', async () => {
  for (const watch of [['secret'], ['a', 'secret.b']])
    expect(await signedIn.ask(open, {}, { watch })).toMatchObject({ op: 'error', code: 119 });
});

function nested(levels: number): object {
  return levels === 0 ? { a: 1 } : { $or: [nested(levels - 1)] };
}

describe('connecting', () => {
  const answerTo = async (message: object): Promise<object> => {
    const client = await openLive();
    client.send({ op: 'connect', ...message });
    const answer = await waitFor(() => client.messages[0]);
    client.close();
    return answer;
  };
  const applicationId = 'appbackend';

  test('is refused with another application id or a wrong master key', async () => {
    for (const message of [
      { applicationId: 'other' },
      { applicationId: '' },
      { applicationId, masterKey: 'wrong' },
      { applicationId, masterKey: '' },
      { applicationId: 'other', masterKey: testServer().masterKey },
    ])
      expect(await answerTo(message)).toMatchObject({ op: 'error', code: 4, reconnect: false });
  });

  test('comes before subscribing, and once', async () => {
    const client = await openLive();
    client.send({ op: 'subscribe', requestId: 1, query: { className: open, where: {} } });
    expect(await waitFor(() => client.messages[0])).toMatchObject({ op: 'error', code: 2, requestId: 1 });
    for (let times = 0; times < 2; times += 1) client.send({ op: 'connect', applicationId });
    expect(await waitFor(() => client.messages[2])).toMatchObject({ op: 'error', code: 119, reconnect: false });
    expect(client.messages[1]).toMatchObject({ op: 'connected' });
    client.close();
  });
});
