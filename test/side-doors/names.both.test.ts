import { uniqueName } from '../factories/ids';
import { createPerson, type Person } from '../factories/people';
import { adminToken, api, LANE, parseRest, type ParseOptions } from '../harness/app';
import { connectLive } from '../harness/live-client';

/** Every object has something under these names: as a class, field, function, role or parameter they are nothing. */
const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__'];
let person: Person;
beforeAll(async () => {
  person = await createPerson();
});

type Call = [method: string, path: string, body?: unknown];
const json = (value: unknown): string => encodeURIComponent(JSON.stringify(value));
const pointer = (className: string): object => ({ __type: 'Pointer', className, objectId: 'abc' });
/** A key of an object literal that is `__proto__` would be none. */
const keyed = (name: string, rest = ''): unknown => JSON.parse(`{${rest}${rest && ','}"${name}":1}`);
const subquery = (name: string): object => ({ className: name, where: {} });
const find = (where: object): string => `/classes/Event?where=${json(where)}`;

/** Refused to everybody with 400 and this code. */
const ROWS: Record<string, [number, (name: string) => Call]> = {
  find: [103, (name) => ['GET', `/classes/${name}`]],
  get: [103, (name) => ['GET', `/classes/${name}/abc`]],
  create: [103, (name) => ['POST', `/classes/${name}`, { a: 1 }]],
  update: [103, (name) => ['PUT', `/classes/${name}/abc`, { a: 1 }]],
  remove: [103, (name) => ['DELETE', `/classes/${name}/abc`]],
  $inQuery: [103, (name) => ['GET', find({ user: { $inQuery: subquery(name) } })]],
  $notInQuery: [103, (name) => ['GET', find({ user: { $notInQuery: subquery(name) } })]],
  $select: [103, (name) => ['GET', find({ source: { $select: { query: subquery(name), key: 'a' } } })]],
  $dontSelect: [103, (name) => ['GET', find({ source: { $dontSelect: { query: subquery(name), key: 'a' } } })]],
  field: [105, (name) => ['POST', '/classes/Event', keyed(name, '"event_type":"x"')]],
  'field of an account': [
    105,
    (name) => ['POST', '/users', keyed(name, `"username":"${uniqueName('u')}","password":"Right-horse-42"`)],
  ],
  'field of a device': [
    105,
    (name) => ['POST', '/installations', keyed(name, '"deviceType":"ios","installationId":"i"')],
  ],
  'cloud function': [141, (name) => ['POST', `/functions/${name}`, {}]],
};
/** For the master key alone; others hear 403. */
const MASTER: Record<string, [number, (name: string) => Call]> = {
  aggregate: [103, (name) => ['GET', `/aggregate/${name}?pipeline=${json([{ $match: {} }])}`]],
  distinct: [103, (name) => ['GET', `/aggregate/${name}?distinct=a`]],
  'a schema read': [103, (name) => ['GET', `/schemas/${name}`]],
  'a schema made': [103, (name) => ['POST', '/schemas', { className: name }]],
  'a schema changed': [
    103,
    (name) => ['PUT', `/schemas/${name}`, { className: name, fields: { a: { type: 'String' } } }],
  ],
  'a schema dropped': [103, (name) => ['DELETE', `/schemas/${name}`]],
  'a class emptied': [103, (name) => ['DELETE', `/purge/${name}`]],
  job: [141, (name) => ['POST', `/jobs/${name}`, {}]],
  'a function’s hook': [
    143,
    (name) => ['POST', '/hooks/functions', { functionName: name, url: 'https://example.com/' }],
  ],
  'a class’s hook': [
    143,
    (name) => ['POST', '/hooks/triggers', { className: name, triggerName: 'beforeSave', url: 'https://example.com/' }],
  ],
  'an event’s hook': [
    143,
    (name) => ['POST', '/hooks/triggers', { className: 'Purchase', triggerName: name, url: 'https://example.com/' }],
  ],
};

async function ask(options: ParseOptions, [method, path, body]: Call): Promise<[number, number]> {
  const answer = await parseRest(method, path, { ...options, ...(body === undefined ? {} : { body }) });
  return [answer.status, answer.body.code];
}

async function inBatch(options: ParseOptions, [method, path, body]: Call): Promise<number> {
  const requests = [{ method, path: `/parse${path}`, ...(body === undefined ? {} : { body }) }];
  return (await parseRest('POST', '/batch', { ...options, body: { requests } })).body[0].error.code;
}

const CALLERS = (): ParseOptions[] => [{}, { sessionToken: person.sessionToken }, { masterKey: true }];

describe.each(NAMES)('%s', (name) => {
  test.each(Object.entries(ROWS))('%s', async (_what, [code, call]) => {
    for (const options of CALLERS()) expect(await ask(options, call(name))).toEqual([400, code]);
    if (call(name)[1].includes('?') || call(name)[1].includes('__proto__.')) return;
    // A key that reaches a prototype ends the whole batch.
    const isKey = code === 105 && ['__proto__', 'constructor', 'prototype'].includes(name);
    for (const options of isKey ? [] : CALLERS()) expect(await inBatch(options, call(name))).toBe(code);
  });

  test.each(Object.entries(MASTER))('%s', async (_what, [code, call]) => {
    const [anonymous, signedIn, master] = CALLERS() as [ParseOptions, ParseOptions, ParseOptions];
    for (const options of [anonymous, signedIn]) expect((await ask(options, call(name)))[0]).toBe(403);
    expect(await ask(master, call(name))).toEqual([400, code]);
  });

  test('by GraphQL', async () => {
    const id = Buffer.from(`${name}:abc`).toString('base64');
    const documents: [string, number][] = [
      [`{ node(id: "${id}") { id } }`, 103],
      [`{ class(name: "${name}") { name } }`, 103],
      [`mutation { createClass(input: {name: "${name}"}) { clientMutationId } }`, 103],
      [`mutation { deleteClass(input: {name: "${name}"}) { clientMutationId } }`, 103],
    ];
    for (const [query, code] of documents) {
      const { body } = await parseRest('POST', '/../graphql', { masterKey: true, body: { query } });
      expect([query, body.errors[0].extensions.code]).toEqual([query, code]);
    }
  });

  test('by LiveQuery', async () => {
    const client = await connectLive({ sessionToken: person.sessionToken });
    expect(await client.ask(name)).toMatchObject({ op: 'error', code: 119 });
    client.close();
  });

  test('as a role, a member, a person or a customer', async () => {
    const asPerson = { sessionToken: person.sessionToken };
    const ACL = { '*': { read: true } };
    expect(await ask(asPerson, ['POST', '/roles', { name, ACL }])).toEqual([400, 119]);
    const users = { __op: 'AddRelation', objects: [pointer(name)] };
    expect(await ask(asPerson, ['POST', '/roles', { name: uniqueName('R'), ACL, users }])).toEqual([400, 111]);
    for (const field of ['user', 'customer']) {
      const row = { event_type: 'x', [field]: pointer(name) };
      expect(await ask(asPerson, ['POST', '/classes/Event', row])).toEqual([400, 119]);
      const found = await parseRest('GET', find({ [field]: pointer(name) }), asPerson);
      expect([found.status, found.body.results]).toEqual([200, []]);
    }
    const related = { $relatedTo: { object: pointer(name), key: 'users' } };
    for (const options of CALLERS())
      expect((await parseRest('GET', `/users?where=${json(related)}`, options)).status).toBe(200);
  });

  test('as a path, a file or a parameter of /api', async () => {
    const token = await adminToken();
    const statuses = await Promise.all([
      api('GET', `/api/${name}`, { token }),
      api('GET', `/api/users/${name}`, { token }),
      api('GET', `/api/data/status/${name}`, { token }),
      api('GET', `/api/users?${name}=1`, { token }),
      api('POST', '/api/auth/login', { body: keyed(name, '"email":"a@example.com","password":"x"') }),
      parseRest('GET', `/files/appbackend/${name}`),
      parseRest('GET', '/classes/Event', { headers: { 'X-Parse-Application-Id': name } }),
    ]);
    expect(statuses.map(({ status }) => status)).toEqual([404, 404, 404, 400, 400, 404, 403]);
  });
});

test('a transaction with such a class is refused whole', async () => {
  const requests = [{ method: 'POST', path: '/parse/classes/constructor', body: { a: 1 } }];
  const answer = await parseRest('POST', '/batch', { masterKey: true, body: { transaction: true, requests } });
  // The MongoDB of the tests has no transactions.
  expect([answer.status, answer.body.code]).toEqual(LANE === 'mongo' ? [400, 108] : [400, 103]);
});

/** Our own collections on MongoDB, PostgreSQL's catalogue: Parse would read and write them for the master key. */
describe.each(['app_incoming_source', 'app_event', 'app_meta', 'pg_user', 'pg_authid'])('%s is no class', (name) => {
  const named = ([, [code]]: [string, (typeof ROWS)[string]]): boolean => code === 103;
  test.each([...Object.entries(ROWS), ...Object.entries(MASTER)].filter(named))('%s', async (_what, [, call]) => {
    expect(await ask({ masterKey: true }, call(name))).toEqual([400, 103]);
  });

  test.each<[string, object]>([
    ['a join', { $lookup: { from: name, localField: 'tenant', foreignField: 'tenant', as: 'found' } }],
    ['a union', { $unionWith: name }],
    ['a union with stages', { $unionWith: { coll: name, pipeline: [] } }],
    ['a part', { $facet: { part: [{ $lookup: { from: name, pipeline: [], as: 'found' } }] } }],
    ['a graph', { $graphLookup: { from: name, startWith: '$a', connectFromField: 'a', connectToField: 'b', as: 'c' } }],
  ])('in %s of an aggregation', async (_what, stage) => {
    const call: Call = ['GET', `/aggregate/Event?pipeline=${json([stage])}`];
    expect(await ask({ masterKey: true }, call)).toEqual([400, 103]);
  });

  test('behind a pointer', async () => {
    const className = uniqueName('Pointing');
    const made = await parseRest('POST', `/classes/${className}`, { masterKey: true, body: { to: pointer(name) } });
    expect(made.status).toBe(201);
    expect(await ask({ masterKey: true }, ['GET', `/classes/${className}?include=to`])).toEqual([400, 103]);
  });
});
