import { adminToken, parseFn, parseRest, testServer } from '../harness/app';
import { uniqueEmail, uniqueName } from '../factories/ids';
import { createPerson, createTenant, PASSWORD, type Person } from '../factories/people';

interface Raw {
  status: number;
  text: string;
  isReplayed: boolean;
}

async function post(route: string, token: string, key: string, body: object): Promise<Raw> {
  const response = await fetch(new URL(route, testServer().url), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}`, 'Idempotency-Key': key },
    body: JSON.stringify(body),
  });
  const isReplayed = response.headers.get('idempotent-replayed') === 'true';
  return { status: response.status, text: await response.text(), isReplayed };
}

const customers = (name = uniqueName('c')): object => ({
  data_type: 'customers',
  data: [{ customer_id: name, name: 'Ada' }],
});

async function jobsOf(person: Person): Promise<number> {
  const owner = { __type: 'Pointer', className: '_User', objectId: person.id };
  const where = encodeURIComponent(JSON.stringify({ owner }));
  const found = await parseRest('GET', `/classes/DataJob?where=${where}&limit=1000`, { masterKey: true });
  return found.body.results.length;
}

let tenant: string;
const importer = (): Promise<Person> => createPerson({ roles: ['tenant:admin'], tenant });

beforeAll(async () => {
  tenant = await createTenant();
});

it('runs one of fifty requests that come at once with one key', async () => {
  const person = await importer();
  const [key, body] = [uniqueName('k'), customers()];
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => post('/api/data/process', person.token, key, body)),
  );
  const done = answers.filter(({ status }) => status === 202);
  expect(done.length).toBeGreaterThan(0);
  expect(new Set(done.map(({ text }) => text)).size).toBe(1);
  expect(done.filter(({ isReplayed }) => !isReplayed)).toHaveLength(1);
  const others = answers.filter(({ status }) => status !== 202);
  expect(others.map(({ status }) => status)).toEqual(others.map(() => 409));
  expect(await jobsOf(person)).toBe(1);
});

it('replays the first answer byte for byte', async () => {
  const person = await importer();
  const [key, body] = [uniqueName('k'), customers()];
  const first = await post('/api/data/process', person.token, key, body);
  const second = await post('/api/data/process', person.token, key, body);
  expect(second).toEqual({ status: first.status, text: first.text, isReplayed: true });
  expect(first.isReplayed).toBe(false);
});

it('does not mind the order of the fields', async () => {
  const person = await importer();
  const key = uniqueName('k');
  const { data_type, data } = customers() as { data_type: string; data: unknown };
  await post('/api/data/process', person.token, key, { data_type, data });
  const again = await post('/api/data/process', person.token, key, { data, data_type });
  expect(again.isReplayed).toBe(true);
});

it('refuses the key with another payload', async () => {
  const person = await importer();
  const key = uniqueName('k');
  await post('/api/data/process', person.token, key, customers());
  const other = await post('/api/data/process', person.token, key, customers());
  expect(other.status).toBe(422);
  expect(JSON.parse(other.text).error.code).toBe('IDEMPOTENCY_MISMATCH');
});

it('refuses the key for another operation', async () => {
  const person = await importer();
  const [key, body] = [uniqueName('k'), customers()];
  await post('/api/data/process', person.token, key, body);
  expect((await post('/api/business/process', person.token, key, body)).status).toBe(422);
});

it('keeps the keys of two callers apart', async () => {
  const [one, two] = [await importer(), await importer()];
  const [key, body] = [uniqueName('k'), customers()];
  const first = await post('/api/data/process', one.token, key, body);
  const second = await post('/api/data/process', two.token, key, body);
  expect([first.isReplayed, second.isReplayed]).toEqual([false, false]);
  expect(second.text).not.toBe(first.text);
});

it('gives the key back when the request failed', async () => {
  const token = await adminToken();
  const [key, taken] = [uniqueName('k'), (await createPerson()).email];
  const failed = await post('/api/users', token, key, { email: taken, password: PASSWORD });
  expect(failed.status).toBe(409);
  const other = await post('/api/users', token, key, { email: uniqueEmail(), password: PASSWORD });
  expect([other.status, other.isReplayed]).toEqual([201, false]);
});

it('stores nothing for a request that was refused for its shape', async () => {
  const person = await importer();
  const key = uniqueName('k');
  expect((await post('/api/data/process', person.token, key, { data: 'no list' })).status).toBe(400);
  expect((await post('/api/data/process', person.token, key, customers())).status).toBe(202);
});

it('is one key for both doors', async () => {
  const person = await importer();
  const [key, body] = [uniqueName('k'), customers()];
  const first = await post('/api/data/process', person.token, key, body);
  const headers = { 'Idempotency-Key': key };
  const second = await parseFn('processData', body, { sessionToken: person.sessionToken, headers });
  expect(second.body.result).toEqual(JSON.parse(first.text));
  expect(await jobsOf(person)).toBe(1);
});

it.each(['x'.repeat(256), 'with blank inside', 'ümlaut'])('refuses the key %j', async (key) => {
  const person = await importer();
  // Header values are bytes: what is no Latin-1 cannot be sent at all.
  const answer = await post('/api/data/process', person.token, key, customers());
  expect(answer.status).toBe(400);
});

it('writes one audit row for the run and none for a replay', async () => {
  const person = await importer();
  const [key, body] = [uniqueName('k'), customers()];
  await post('/api/data/process', person.token, key, body);
  await post('/api/data/process', person.token, key, body);
  const where = encodeURIComponent(JSON.stringify({ actor: person.id, action: 'processData' }));
  const rows = await parseRest('GET', `/classes/AuditLog?where=${where}`, { masterKey: true });
  expect(rows.body.results).toHaveLength(1);
});
