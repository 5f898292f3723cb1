import { LANE, api } from '../harness/app';
import { rounds } from '../harness/depth';
import { backdateUse, probe, refresh, refreshRows, sessionCount } from './support';
import { createPerson, logIn } from '../factories/people';

/** The stand-in for MongoDB is slower; the rule is the same. */
const ROUNDS = rounds(LANE === 'mongo' ? 40 : 200);
const RACERS = 50;

test(`${RACERS} parallel refreshes, ${ROUNDS} times, leave exactly one line`, async () => {
  const person = await createPerson();
  let token = person.refreshToken;
  for (let round = 0; round < ROUNDS; round += 1) {
    const answers = await Promise.all(Array.from({ length: RACERS }, () => refresh(token)));
    // Whole answers, so that a failure tells what failed.
    expect(answers.filter(({ status }) => status !== 200).map(({ status, body }) => ({ status, body }))).toEqual([]);
    const successors = new Set(answers.map(({ body }) => JSON.stringify(body)));
    expect(successors.size).toBe(1);
    token = answers[0]!.body.refresh_token;
  }
  const rows = await refreshRows(person.id);
  expect(rows).toHaveLength(ROUNDS + 1);
  expect(new Set(rows.map((row) => row.family)).size).toBe(1);
  expect(rows.filter((row) => !row.used && !row.revoked)).toHaveLength(1);
  expect(await sessionCount(person.id)).toBe(1);
}, 600_000);

test('a refresh ends the old session and starts another', async () => {
  const person = await createPerson();
  const { status, body } = await refresh(person.refreshToken);
  expect(status).toBe(200);
  expect(Object.keys(body).sort()).toEqual([
    'access_token',
    'expires_in',
    'refresh_token',
    'session_token',
    'token_type',
  ]);
  expect(await probe(person.token)).toBe(401);
  expect(await probe(body.access_token)).toBe(200);
});

test('a lost answer is given again within ten seconds', async () => {
  const person = await createPerson();
  const first = await refresh(person.refreshToken);
  const second = await refresh(person.refreshToken);
  expect(second.body).toEqual(first.body);
});

test('a replay after ten seconds ends the family and its sessions, not those of other logins', async () => {
  const person = await createPerson();
  const other = await logIn(person.email);
  const { body } = await refresh(person.refreshToken);
  await backdateUse(person.refreshToken, 11);
  expect((await refresh(person.refreshToken)).status).toBe(401);
  expect(await probe(body.access_token)).toBe(401);
  expect((await refresh(body.refresh_token)).status).toBe(401);
  expect(await probe(other.token)).toBe(200);
});

test('a replay of a token whose successor was used is theft even within ten seconds', async () => {
  const person = await createPerson();
  const child = await refresh(person.refreshToken);
  const grandchild = await refresh(child.body.refresh_token);
  expect((await refresh(person.refreshToken)).status).toBe(401);
  expect(await probe(grandchild.body.access_token)).toBe(401);
});

test('refresh against logout: whatever wins, nothing is left alive', async () => {
  for (let round = 0; round < rounds(15); round += 1) {
    const person = await createPerson();
    const [, answer] = await Promise.all([
      api('POST', '/api/auth/logout', { token: person.token, body: { refresh_token: person.refreshToken } }),
      refresh(person.refreshToken),
    ]);
    if (answer.status === 200) {
      // Only where the logout came with a session that the refresh had already ended.
      const rows = await refreshRows(person.id);
      if (rows.every((row) => !row.revoked)) continue;
      expect(await probe(answer.body.access_token)).toBe(401);
    }
    expect((await refreshRows(person.id)).filter((row) => !row.revoked && !row.used)).toHaveLength(0);
  }
});

test('knows no token that it did not give', async () => {
  expect((await refresh('x')).status).toBe(401);
  expect((await refresh('')).status).toBe(400);
  expect((await api('POST', '/api/auth/refresh', { body: { refresh_token: { $gt: '' } } })).status).toBe(400);
});
