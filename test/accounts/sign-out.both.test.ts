import { Client } from 'pg';
import { LANE, api, parseRest, testServer, waitFor, type Answer } from '../harness/app';
import { rounds } from '../harness/depth';
import { probe, refresh, refreshRows, sessionCount } from './support';
import { createPerson, PASSWORD, type Person } from '../factories/people';

const graphql = (sessionToken: string): Promise<Answer> =>
  parseRest('POST', '/../graphql', {
    sessionToken,
    body: { query: 'mutation { logOut(input: {}) { ok } }' },
  });
const sessionId = async ({ sessionToken }: Person): Promise<string> =>
  (await parseRest('GET', '/sessions/me', { sessionToken })).body.objectId;
const batch = (sessionToken: string, request: object) =>
  parseRest('POST', '/batch', { sessionToken, body: { requests: [request] } });

/** Every way to sign out by Parse; what each prepares is done before the race. */
const WAYS: Record<string, (person: Person) => Promise<() => Promise<unknown>>> = {
  'POST /parse/logout':
    async ({ sessionToken }) =>
    () =>
      parseRest('POST', '/logout', { sessionToken, body: {} }),
  'POST /parse/logout with the access token':
    async ({ token }) =>
    () =>
      parseRest('POST', '/logout', { token, body: {} }),
  'GraphQL logOut':
    async ({ sessionToken }) =>
    () =>
      graphql(sessionToken),
  'a logout in a batch':
    async ({ sessionToken }) =>
    () =>
      batch(sessionToken, { method: 'POST', path: '/parse/logout', body: {} }),
  'DELETE /parse/sessions': async (person) => {
    const id = await sessionId(person);
    return () => parseRest('DELETE', `/sessions/${id}`, { sessionToken: person.sessionToken });
  },
  'DELETE /parse/classes/_Session with the master key': async (person) => {
    const id = await sessionId(person);
    return () => parseRest('DELETE', `/classes/_Session/${id}`, { masterKey: true });
  },
  'POST /api/auth/logout':
    async ({ token }) =>
    () =>
      api('POST', '/api/auth/logout', { token, body: {} }),
  'a new password by the master key':
    async ({ id }) =>
    () =>
      parseRest('PUT', `/users/${id}`, { masterKey: true, body: { password: 'Another-horse-9' } }),
};

const isMaster = (way: string): boolean => /^DELETE.*master key/.test(way);

async function expectNothingAlive({ id }: Person, answer: Answer): Promise<void> {
  if (answer.status === 200) {
    expect(await probe(answer.body.access_token)).toBe(401);
    expect((await refresh(answer.body.refresh_token)).status).toBe(401);
  }
  expect(await sessionCount(id)).toBe(0);
  expect((await refreshRows(id)).filter((row) => !row.revoked && !row.used)).toEqual([]);
}

describe.each(Object.entries(WAYS))('%s', (way, prepare) => {
  test('beside a refresh leaves nothing alive, whichever comes later', async () => {
    for (let round = 0; round < rounds(12); round += 1) {
      const person = await createPerson();
      const signOut = await prepare(person);
      const isFirst = round % 2 === 0;
      const early = isFirst ? signOut() : undefined;
      const refreshed = refresh(person.refreshToken);
      const [answer] = await Promise.all([refreshed, early ?? signOut()]);
      // Whoever holds the master key names a session by its id: one that a refresh had ended is no session any more.
      if (isMaster(way) && answer.status === 200 && (await sessionCount(person.id)) === 1) continue;
      await expectNothingAlive(person, answer);
    }
  });

  test('after a refresh ends what that made', async () => {
    if (isMaster(way)) return;
    const person = await createPerson();
    const signOut = await prepare(person);
    const answer = await refresh(person.refreshToken);
    expect(answer.status).toBe(200);
    await signOut();
    await expectNothingAlive(person, answer);
  });
});

test('a session ended between the look of a refresh and its write takes the new tokens with it', async () => {
  // The stand-in for MongoDB has no lock that holds a write back; there the races above have to do.
  if (LANE === 'mongo') return;
  const person = await createPerson();
  const id = await sessionId(person);
  const db = new Client({ connectionString: testServer().databaseUri });
  await db.connect();
  try {
    await db.query('begin');
    await db.query('select 1 from "RefreshToken" where "user" = $1 for update', [person.id]);
    const refreshed = refresh(person.refreshToken);
    // It has seen the session alive, and waits to spend the token.
    await waitFor(async () => (await waiting()) === 1);
    const deleted = parseRest('DELETE', `/classes/_Session/${id}`, { masterKey: true });
    await waitFor(async () => (await sessionCount(person.id)) === 0);
    await db.query('rollback');
    expect((await deleted).status).toBe(200);
    await expectNothingAlive(person, await refreshed);
  } finally {
    await db.end();
  }
});

/** Statements that wait for the token's row. */
async function waiting(): Promise<number> {
  const db = new Client({ connectionString: testServer().databaseUri });
  await db.connect();
  const { rows } = await db.query<{ n: number }>(
    `select count(*)::int as n from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock' and query like 'update "RefreshToken"%'`,
  );
  await db.end();
  return rows[0]!.n;
}

test('a login on the same device ends the tokens of the session that it replaces, and no others', async () => {
  const person = await createPerson();
  const other = await parseRest('POST', '/login', {
    body: { username: person.email, password: PASSWORD },
    headers: { 'X-Parse-Installation-Id': 'device-1' },
  });
  expect(other.status).toBe(200);
  const again = await parseRest('POST', '/login', {
    body: { username: person.email, password: PASSWORD },
    headers: { 'X-Parse-Installation-Id': 'device-1' },
  });
  expect((await parseRest('GET', '/users/me', { sessionToken: other.body.sessionToken })).body.code).toBe(209);
  expect((await parseRest('GET', '/users/me', { sessionToken: again.body.sessionToken })).status).toBe(200);
  expect((await refresh(person.refreshToken)).status).toBe(200);
});

test('somebody who signs out in one place stays signed in elsewhere', async () => {
  const person = await createPerson();
  const { body: elsewhere } = await api('POST', '/api/auth/login', {
    body: { email: person.email, password: PASSWORD },
  });
  expect((await parseRest('POST', '/logout', { sessionToken: person.sessionToken, body: {} })).status).toBe(200);
  expect(await probe(elsewhere.access_token)).toBe(200);
  expect((await refresh(elsewhere.refresh_token)).status).toBe(200);
});
