import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { refreshRows, sessionCount, withDatabase } from '../accounts/support';
import { createPerson, createTenant, PASSWORD, type Person } from '../factories/people';
import { startExtraServer, type ExtraServer } from '../frame/support/extra-server';
import { parseRest, testServer, type Answer } from '../harness/app';

/** A person is erased in the middle of a request that writes about him: what comes later finds that, in a fixed order. */
let server: ExtraServer;
let tenant: string;
let writer: string;

beforeAll(async () => {
  const { env } = testServer();
  const database: Record<string, string> = env['MONGODB_URL']
    ? { MONGODB_URL: env['MONGODB_URL'] }
    : { DATABASE_URI: env['DATABASE_URI']! };
  const code = path.join(__dirname, 'fixtures/host-erasing.cjs');
  server = await startExtraServer({ ...database, HOST_CLOUD_CODE: code });
  tenant = await createTenant();
  writer = (await createPerson({ roles: ['tenant:admin'], tenant })).sessionToken;
});
afterAll(() => server.stop());

const send = (method: string, route: string, session: string, body: unknown, more: object = {}): Promise<Answer> =>
  server.api(method, `/parse${route}`, {
    body,
    headers: {
      'X-Parse-Application-Id': server.env['PARSE_APP_ID'] ?? 'appbackend',
      ...(session ? { 'X-Parse-Session-Token': session } : {}),
      ...more,
    },
  });
const pointer = (objectId: string): object => ({ __type: 'Pointer', className: 'Customer', objectId });
const date = { __type: 'Date', iso: '2024-03-01T00:00:00.000Z' };
const stored = async (className: string, id: string): Promise<any> =>
  (await parseRest('GET', `/classes/${className}/${id}`, { masterKey: true })).body;

async function newCustomer(): Promise<{ id: string; externalId: string; email: string }> {
  const [externalId, email] = [`c-${randomUUID()}`, `${randomUUID()}@example.com`];
  const made = await send('POST', '/classes/Customer', writer, { external_id: externalId, name: 'Ada', email });
  expect(made.status).toBe(201);
  return { id: made.body.objectId, externalId, email };
}

describe('a customer', () => {
  it.each([
    ['Purchase', { total: 5, currency: 'USD', purchased_at: date, channel: 'erase' }],
    ['Subscription', { plan: 'erase', amount: 5, currency: 'USD', interval: 'month', started_at: date }],
  ])('erased while a %s is saved is not named by it; the money stays', async (className, fields) => {
    const { id } = await newCustomer();
    const saved = await send('POST', `/classes/${className}`, writer, { ...fields, customer: pointer(id) });
    expect(saved.status).toBe(201);
    const row = await stored(className, saved.body.objectId);
    expect([row.customer, row.currency]).toEqual([undefined, 'USD']);
    expect((await stored('Customer', id)).erased_at).toBeDefined();
    // And from then on it is refused.
    const body = { ...fields, customer: pointer(id) };
    expect((await send('POST', `/classes/${className}`, writer, body)).body.code).toBe(142);
  });

  it('erased while its own row is changed stays empty, and takes no change afterwards', async () => {
    const { id } = await newCustomer();
    const changed = await send('PUT', `/classes/Customer/${id}`, writer, { name: 'erase', phone: '1' });
    // The row is another one than his change was made for: it is looked at once more, and refused.
    expect([changed.status, changed.body.code]).toEqual([404, 101]);
    const row = await stored('Customer', id);
    expect([row.name, row.phone, row.email, row.external_id]).toEqual([undefined, undefined, undefined, undefined]);
    const again = await send('PUT', `/classes/Customer/${id}`, writer, { name: 'Ada' });
    expect([again.status, again.body.code]).toEqual([404, 101]);
  });

  it('is erased from stored answers, by whomever they were asked for', async () => {
    const { id, email } = await newCustomer();
    const key = { 'Idempotency-Key': randomUUID() };
    const tell = (): Promise<Answer> => send('POST', '/functions/tell', writer, { email }, key);
    expect((await tell()).body).toEqual({ result: { email } });
    expect((await send('POST', '/functions/eraseCustomer', writer, { customer_id: id })).status).toBe(200);
    expect(await answersWith(email)).toBe(0);
    const repeated = await tell();
    expect([repeated.status, repeated.body.code]).toEqual([404, 101]);
    expect(JSON.stringify(repeated.body)).not.toContain(email);
  });

  it('whose id another tenant has as well, leaves the answers of its people', async () => {
    const { id, externalId } = await newCustomer();
    const other = await createPerson({ roles: ['tenant:admin'], tenant: await createTenant() });
    const told = { customer_id: externalId };
    const tell = (session: string): Promise<Answer> =>
      send('POST', '/functions/tell', session, told, { 'Idempotency-Key': externalId });
    for (const session of [writer, other.sessionToken]) expect((await tell(session)).status).toBe(200);
    expect((await send('POST', '/functions/eraseCustomer', writer, { customer_id: id })).status).toBe(200);
    expect((await tell(writer)).status).toBe(404);
    expect(await tell(other.sessionToken)).toMatchObject({ status: 200, body: { result: told } });
  });
});

describe('a user', () => {
  const gone = async ({ id }: Person): Promise<unknown[]> => [await sessionCount(id), (await refreshRows(id)).length];

  it('erased while he logs in keeps no session', async () => {
    const person = await createPerson({ company: 'erase' });
    const login = { username: person.email, password: PASSWORD };
    const byParse = await send('POST', '/login', '', login);
    expect([byParse.status, byParse.body.sessionToken]).toEqual([404, undefined]);
    expect(await gone(person)).toEqual([0, 0]);
    const other = await createPerson({ company: 'erase' });
    const body = { email: other.email, password: PASSWORD };
    expect((await server.api('POST', '/api/auth/login', { body })).status).toBe(401);
    expect(await gone(other)).toEqual([0, 0]);
  });

  it('erased while he writes an event is not named by it', async () => {
    const person = await createPerson();
    const body = { event_type: 'erase', event_id: 'e', properties: { home: 'x' } };
    const saved = await send('POST', '/classes/Event', person.sessionToken, body);
    const row = await stored('Event', saved.body.objectId);
    expect([row.user, row.properties, JSON.stringify(row.ACL).includes(person.id)]).toEqual([
      undefined,
      undefined,
      false,
    ]);
  });

  it('erased while he stores a file leaves none', async () => {
    const person = await createPerson();
    const type = { 'Content-Type': 'text/plain' };
    const saved = await send('POST', '/files/erase.txt', person.sessionToken, 'mine', type);
    expect([saved.status, saved.body.code]).toEqual([400, 130]);
    expect(await filesOf(person.id)).toBe(0);
  });

  it('leaves no stored answer, also not of the request in which he went', async () => {
    const person = await createPerson();
    const key = { 'Idempotency-Key': randomUUID() };
    await send(
      'POST',
      '/functions/tell',
      person.sessionToken,
      { email: person.email },
      { 'Idempotency-Key': randomUUID() },
    );
    expect(await answersWith(person.email)).toBe(1);
    expect((await send('POST', '/functions/eraseMe', person.sessionToken, {}, key)).status).toBe(200);
    expect(await answersOf(person.id)).toBe(0);
  });

  it('closed by an administrator is erased from the answers that the administrator got', async () => {
    const person = await createPerson();
    const key = { 'Idempotency-Key': randomUUID() };
    await send('POST', '/functions/tell', writer, { email: person.email }, key);
    expect(await answersWith(person.email)).toBe(1);
    expect((await parseRest('DELETE', `/users/${person.id}`, { sessionToken: person.sessionToken })).status).toBe(200);
    expect(await answersWith(person.email)).toBe(0);
  });
});

const count = (sql: string, collection: string, filter: object, value: string): Promise<number> =>
  withDatabase({
    postgres: async (db) => Number((await db.query(`select count(*) as n from ${sql}`, [value])).rows[0].n),
    mongo: (db) => db.collection(collection).countDocuments(filter),
  });
const answersWith = (text: string): Promise<number> =>
  count(
    'app.idempotency where position($1 in body) > 0',
    'app_idempotency',
    { body: { $regex: text.replace(/\./g, '\\.') } },
    text,
  );
const answersOf = (owner: string): Promise<number> =>
  count('app.idempotency where owner = $1', 'app_idempotency', { owner }, owner);
const filesOf = (owner: string): Promise<number> =>
  count('app.stored_file where owner = $1', 'app_stored_file', { owner }, owner);
