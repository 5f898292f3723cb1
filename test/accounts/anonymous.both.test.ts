import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { Client } from 'pg';
import { startExtraServer, type ExtraServer } from '../frame/support/extra-server';
import { parseRest, spawnWorker, testServer, waitFor, type Answer } from '../harness/app';
import { runApp } from './sdk/run';
import { PASSWORD } from '../factories/people';

const YEAR_SECONDS = 365 * 86_400;
let server: ExtraServer;

beforeAll(async () => {
  server = await startExtraServer({
    ENABLE_ANONYMOUS_USERS: 'on',
    SESSION_LENGTH: '365d',
    ANONYMOUS_USERS_KEEP_DAYS: '30',
    RATE_LIMIT_MAX: '1000',
    // With Redis the queue is not the other server's, whose worker has other settings.
    REDIS_QUEUE_DB: '15',
    // Nor are its limits: all tests come from one address.
    REDIS_DB: '14',
  });
});
afterAll(() => server.stop());

const parse = (method: string, route: string, body?: object, session?: string): Promise<Answer> =>
  server.api(method, `/parse${route}`, {
    headers: {
      'X-Parse-Application-Id': 'appbackend',
      ...(session ? { 'X-Parse-Session-Token': session } : {}),
    },
    ...(body ? { body } : {}),
  });
const master = (method: string, route: string, body?: object): Promise<Answer> =>
  server.api(method, `/parse${route}`, {
    headers: { 'X-Parse-Application-Id': 'appbackend', 'X-Parse-Master-Key': testServer().masterKey },
    ...(body ? { body } : {}),
  });
const guestData = (id = randomUUID()): object => ({ authData: { anonymous: { id } } });

async function newGuest(): Promise<{ id: string; session: string }> {
  const { status, body } = await parse('POST', '/users', guestData());
  if (status !== 201) throw new Error(`No anonymous account: ${status} ${JSON.stringify(body)}`);
  return { id: body.objectId, session: body.sessionToken };
}

async function onDatabase(work: { postgres: (db: Client) => unknown; mongo: (db: any) => unknown }): Promise<void> {
  if (server.databaseUri.startsWith('mongodb')) {
    const client = await MongoClient.connect(server.databaseUri);
    await Promise.resolve(work.mongo(client.db())).finally(() => client.close());
    return;
  }
  const client = new Client({ connectionString: server.databaseUri });
  await client.connect();
  await Promise.resolve(work.postgres(client)).finally(() => client.end());
}

test('are refused where they are not switched on', async () => {
  const answer = await parseRest('POST', '/users', { body: guestData() });
  expect([answer.status, answer.body.code]).toEqual([400, 252]);
});

test('an app starts anonymously, writes, and becomes a real account with the same id and rows', async () => {
  const result = await runApp('anonymous', server);
  expect(result).toEqual({ sameId: true, wasLinked: true, isLinked: false, events: [true], id: result.id });
});

test('is the same account again with the same id, and never another’s', async () => {
  const data = guestData();
  const [first, again] = [await parse('POST', '/users', data), await parse('POST', '/users', data)];
  expect([first.status, again.status, again.body.objectId]).toEqual([201, 200, first.body.objectId]);
  const row = (await master('GET', `/users/${first.body.objectId}`)).body;
  expect(row).toMatchObject({ type: 'self', status: 'active' });
  expect(Object.keys(row.ACL).sort()).toEqual([first.body.objectId, 'role:admin'].sort());
});

test('becomes real without a password asked, and then is one', async () => {
  const guest = await newGuest();
  const username = `u-${randomUUID()}`;
  // As an app would: the id of the device ends without being mentioned.
  const upgrade = { username, password: PASSWORD };
  const answer = await parse('PUT', `/users/${guest.id}`, upgrade, guest.session);
  // As with every new password: the old session ends, the answer brings the next.
  expect([answer.status, typeof answer.body.sessionToken]).toEqual([200, 'string']);
  expect((await parse('GET', '/users/me', undefined, guest.session)).body.code).toBe(209);
  const me = await parse('GET', '/users/me', undefined, answer.body.sessionToken);
  expect([me.body.objectId, me.body.username, me.body.authData]).toEqual([guest.id, username, undefined]);
  expect((await parse('POST', '/login', { username, password: PASSWORD })).body.objectId).toBe(guest.id);
});

test('no real account becomes anonymous, which would be a way in without its password', async () => {
  const body = { username: `u-${randomUUID()}`, password: PASSWORD };
  const made = await parse('POST', '/users', body);
  const answer = await parse('PUT', `/users/${made.body.objectId}`, guestData(), made.body.sessionToken);
  expect([answer.status, answer.body.code]).toEqual([400, 119]);
});

test('a session of an app lives as long as the setting says, one of /api as its token', async () => {
  const guest = await newGuest();
  const { body } = await parse('GET', '/sessions/me', undefined, guest.session);
  const secondsOf = (row: any): number =>
    Math.round((Date.parse(row.expiresAt.iso) - Date.parse(row.createdAt)) / 1000);
  expect(secondsOf(body)).toBe(YEAR_SECONDS);
  const username = `u-${randomUUID()}`;
  await parse('POST', '/users', { username, password: PASSWORD });
  const login = await server.api('POST', '/api/auth/login', { body: { username, password: PASSWORD } });
  const own = await parse('GET', '/sessions/me', undefined, login.body.session_token);
  expect(secondsOf(own.body)).toBeLessThanOrEqual(86_401);
});

describe('limits and cleaning', () => {
  let worker: ChildProcess;
  afterAll(async () => {
    worker.kill();
    if (worker.exitCode === null && worker.signalCode === null) await once(worker, 'exit');
  });

  test('removes those that nobody used for the time of the setting, and no others', async () => {
    const [old, used, fresh, real] = [await newGuest(), await newGuest(), await newGuest(), await newGuest()];
    const username = `u-${randomUUID()}`;
    await parse(
      'PUT',
      `/users/${real.id}`,
      { username, password: PASSWORD, authData: { anonymous: null } },
      real.session,
    );
    const [long, today] = [new Date(Date.now() - 40 * 86_400_000), new Date().toISOString().slice(0, 10)];
    const ids = [old.id, used.id, real.id];
    await onDatabase({
      postgres: async (db) => {
        await db.query('update "_User" set "createdAt" = $2 where "objectId" = any($1)', [ids, long]);
        await db.query('delete from app.user_seen where user_id = $1', [old.id]);
        await db.query(`insert into app.user_seen select 'x', $2, $1 on conflict do nothing`, [used.id, today]);
      },
      mongo: async (db) => {
        await db.collection('_User').updateMany({ _id: { $in: ids } }, { $set: { _created_at: long } });
        await db.collection('app_user_seen').deleteMany({ user_id: old.id });
        await db
          .collection('app_user_seen')
          .insertOne({ _id: `x|${used.id}`, tenant: 'x', day: today, user_id: used.id });
      },
    });
    worker = spawnWorker(undefined, server.env);
    expect((await master('POST', '/jobs/purgeAccounts', {})).status).toBe(200);
    const isThere = async ({ id }: { id: string }) => (await master('GET', `/users/${id}`)).status === 200;
    await waitFor(async () => !(await isThere(old)), { timeoutMs: 60_000 });
    expect([await isThere(used), await isThere(fresh), await isThere(real)]).toEqual([true, true, true]);
  }, 90_000);

  test('a new one costs its address five requests', async () => {
    const { headers } = await parse('GET', '/classes/Event');
    const before = Number(headers.get('x-ratelimit-remaining'));
    await newGuest();
    const after = Number((await parse('GET', '/classes/Event')).headers.get('x-ratelimit-remaining'));
    expect(before - after).toBe(6);
  });
});
