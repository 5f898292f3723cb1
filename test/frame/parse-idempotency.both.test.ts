import { createHash } from 'node:crypto';
import { withDatabase } from '../accounts/support';
import { uniqueEmail, uniqueName } from '../factories/ids';
import { createPerson, createTenant, PASSWORD, type Person } from '../factories/people';
import { LANE, parseRest, spawnWorker, testServer, waitFor } from '../harness/app';

interface Raw {
  status: number;
  text: string;
  isReplayed: boolean;
  location: string | null;
}

let person: Person;
beforeAll(async () => (person = await createPerson({ roles: ['tenant:admin'], tenant: await createTenant() })));

/** With the bytes of the answer. */
async function send(method: string, route: string, body: object, headers: Record<string, string>): Promise<Raw> {
  const response = await fetch(new URL(`/parse${route}`, testServer().url), {
    method,
    headers: {
      'Content-Type': 'application/json',
      'X-Parse-Application-Id': testServer().env['PARSE_APP_ID'] ?? 'appbackend',
      'X-Parse-Session-Token': person.sessionToken,
      ...headers,
    },
    body: JSON.stringify(body),
  });
  const isReplayed = response.headers.get('idempotent-replayed') === 'true';
  const location = response.headers.get('location');
  return { status: response.status, text: await response.text(), isReplayed, location };
}

const customer = (): Record<string, string> => ({ external_id: uniqueName('c'), name: 'Ada' });
const withKey = (key: string): Record<string, string> => ({ 'Idempotency-Key': key });

async function stored(customerId: string): Promise<number> {
  const where = encodeURIComponent(JSON.stringify({ external_id: customerId }));
  return (await parseRest('GET', `/classes/Customer?where=${where}`, { masterKey: true })).body.results.length;
}

describe('Idempotency-Key on saves of Parse', () => {
  it('carries out one of fifty that come at once', async () => {
    const [key, body] = [uniqueName('k'), customer()];
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => send('POST', '/classes/Customer', body, withKey(key))),
    );
    const done = answers.filter(({ status }) => status === 201);
    expect(done.filter(({ isReplayed }) => !isReplayed)).toHaveLength(1);
    expect(new Set(done.map(({ text }) => text)).size).toBe(1);
    const others = answers.filter(({ status }) => status !== 201);
    expect(others.map(({ status }) => status)).toEqual(others.map(() => 400));
    expect(await stored(body.external_id!)).toBe(1);
  });

  it('replays the first answer byte for byte, its address too', async () => {
    const [key, body] = [uniqueName('k'), customer()];
    const first = await send('POST', '/classes/Customer', body, withKey(key));
    expect(first).toMatchObject({ status: 201, isReplayed: false });
    expect(first.location).toContain('/classes/Customer/');
    expect(await send('POST', '/classes/Customer', body, withKey(key))).toEqual({ ...first, isReplayed: true });
  });

  it('keeps a change from being made twice', async () => {
    const made = await send('POST', '/classes/Customer', customer(), {});
    const route = `/classes/Customer/${JSON.parse(made.text).objectId}`;
    const key = uniqueName('k');
    const first = await send('PUT', route, { name: 'Bea' }, withKey(key));
    await send('PUT', route, { name: 'Cleo' }, {});
    expect(await send('PUT', route, { name: 'Bea' }, withKey(key))).toEqual({ ...first, isReplayed: true });
    expect((await parseRest('GET', route, { sessionToken: person.sessionToken })).body.name).toBe('Cleo');
  });

  it('refuses the key with another body, and for another route', async () => {
    const [key, body] = [uniqueName('k'), customer()];
    await send('POST', '/classes/Customer', body, withKey(key));
    const other = await send('POST', '/classes/Customer', customer(), withKey(key));
    const elsewhere = await send('POST', '/classes/Purchase', body, withKey(key));
    for (const answer of [other, elsewhere]) {
      expect([answer.status, JSON.parse(answer.text).code]).toEqual([400, 159]);
      expect(answer.text).toContain('IDEMPOTENCY_MISMATCH');
    }
  });

  it('gives the key back when the save was refused', async () => {
    const key = uniqueName('k');
    const refused = await send('POST', '/classes/Customer', { ...customer(), no_such_field: 1 }, withKey(key));
    expect(refused.status).toBe(400);
    expect((await send('POST', '/classes/Customer', customer(), withKey(key))).status).toBe(201);
  });

  it('is one key for a whole batch, also for functions of ours in it', async () => {
    const [key, one, two] = [uniqueName('k'), customer(), customer()];
    const job = { data_type: 'customers', data: [{ customer_id: uniqueName('c'), name: 'Ada' }] };
    const requests = [
      { method: 'POST', path: '/parse/classes/Customer', body: one },
      { method: 'POST', path: '/parse/classes/Customer', body: two },
      { method: 'POST', path: '/parse/functions/processData', body: job },
      { method: 'POST', path: '/parse/functions/processBusinessData', body: job },
    ];
    const first = await send('POST', '/batch', { requests }, withKey(key));
    expect(first.status).toBe(200);
    expect(JSON.parse(first.text).map(Object.keys)).toEqual(requests.map(() => ['success']));
    expect(await send('POST', '/batch', { requests }, withKey(key))).toEqual({ ...first, isReplayed: true });
    expect([await stored(one.external_id!), await stored(two.external_id!)]).toEqual([1, 1]);
  });

  it('stores no session token and no password', async () => {
    const [key, email] = [uniqueName('k'), uniqueEmail()];
    const signUp = { username: email, email, password: PASSWORD };
    const first = await send('POST', '/users', signUp, { ...withKey(key), 'X-Parse-Session-Token': '' });
    expect(first.status).toBe(201);
    const again = await send('POST', '/users', signUp, { ...withKey(key), 'X-Parse-Session-Token': '' });
    expect([again.isReplayed, JSON.parse(again.text).code]).toEqual([false, 202]);
  });

  it('waits for a run that may be alive, and takes over from one that died with its process', async () => {
    const [key, body] = [uniqueName('k'), customer()];
    const first = await send('POST', '/classes/Customer', body, withKey(key));
    const id = createHash('sha256').update(`${person.id}|${key}`).digest('hex');
    await unanswered(id, 1);
    expect((await send('POST', '/classes/Customer', body, withKey(key))).status).toBe(400);
    await unanswered(id, 130);
    const taken = await send('POST', '/classes/Customer', { ...body, external_id: uniqueName('c') }, withKey(key));
    expect([first.status, taken.status, taken.isReplayed]).toEqual([201, 201, false]);
  });
});

/** As if the process had been killed before it could answer. */
async function unanswered(id: string, secondsAgo: number): Promise<void> {
  const at = new Date(Date.now() - secondsAgo * 1000);
  const changed = await withDatabase<number | null>({
    postgres: async (db) =>
      (
        await db.query('update app.idempotency set status = null, body = null, created_at = $2 where key = $1', [
          id,
          at,
        ])
      ).rowCount,
    mongo: async (db) =>
      (
        await db
          .collection<{ _id: string }>('app_idempotency')
          .updateOne({ _id: id }, { $set: { status: null, body: null, created_at: at } })
      ).matchedCount,
  });
  expect(changed).toBe(1);
}

describe('X-Parse-Request-Id', () => {
  it('refuses the repeat of a save, of a function and of a sign-up with 159', async () => {
    for (const [route, body, status] of [
      ['/classes/Customer', customer(), 201],
      ['/functions/getHealth', {}, 200],
    ] as const) {
      const headers = { 'X-Parse-Request-Id': uniqueName('r') };
      const first = await send('POST', route, body, headers);
      expect(first.status).toBe(status);
      const again = await send('POST', route, body, headers);
      expect([again.status, JSON.parse(again.text).code]).toEqual([400, 159]);
    }
  });

  it('carries out one of ten that come at once', async () => {
    const [headers, body] = [{ 'X-Parse-Request-Id': uniqueName('r') }, customer()];
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => send('POST', '/classes/Customer', body, headers)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 9 }, () => 400)]);
    expect(await stored(body.external_id!)).toBe(1);
  });
});

/** MongoDB removes them by itself. */
const onPostgres = LANE === 'mongo' ? it.skip : it;
onPostgres(
  'forgets an X-Parse-Request-Id once its time is over',
  async () => {
    const used = uniqueName('r');
    const headers = { 'X-Parse-Request-Id': used };
    expect((await send('POST', '/classes/Customer', customer(), headers)).status).toBe(201);
    const count = (): Promise<number> =>
      withDatabase({
        postgres: async (db) =>
          (await db.query('select 1 from "_Idempotency" where "reqId" = $1', [used])).rowCount ?? 0,
        mongo: () => Promise.resolve(0),
      });
    expect(await count()).toBe(1);
    await withDatabase<unknown>({
      postgres: (db) =>
        db.query(`update "_Idempotency" set expire = now() - interval '1 s' where "reqId" = $1`, [used]),
      mongo: () => Promise.resolve(),
    });
    const worker = spawnWorker();
    await waitFor(async () => (await count()) === 0, { timeoutMs: 60_000 });
    worker.kill('SIGTERM');
    expect((await send('POST', '/classes/Customer', customer(), headers)).status).toBe(201);
  },
  90_000,
);

describe('a batch', () => {
  const ask = (count: number): object => ({
    requests: Array.from({ length: count }, () => ({ method: 'GET', path: '/parse/config' })),
  });

  it('has at most 100 requests for a client, however he asks', async () => {
    const full = await send('POST', '/batch', ask(100), {});
    expect([full.status, JSON.parse(full.text).length]).toEqual([200, 100]);
    expect((await send('POST', '/batch', ask(101), {})).status).toBe(400);
    expect((await send('POST', '/batch', ask(101), { 'X-Parse-Master-Key': 'not-the-master-key' })).status).toBe(400);
    const inBody = { ...ask(101), _MasterKey: 'not-the-master-key' };
    expect((await send('POST', '/batch', inBody, {})).status).toBe(400);
  });

  it('has at most 1,000 with the master key', async () => {
    const master = { 'X-Parse-Master-Key': testServer().masterKey, 'X-Parse-Session-Token': '' };
    const full = await send('POST', '/batch', ask(1000), master);
    expect([full.status, JSON.parse(full.text).length]).toEqual([200, 1000]);
    expect((await send('POST', '/batch', ask(1001), master)).status).toBe(400);
  });
});
