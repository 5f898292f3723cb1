import { Client } from 'pg';
import { adminToken, api, parseFn, parseRest, testServer, LANE } from '../harness/app';
import { createTenant, createUser, PASSWORD } from '../factories/people';
import { uniqueEmail, uniqueName } from '../factories/ids';

interface AuditRow {
  objectId: string;
  actor: string;
  action: string;
  outcome: string;
  door: string;
  request_id: string;
  details: Record<string, unknown>;
}

async function rowsWhere(where: object): Promise<AuditRow[]> {
  const query = encodeURIComponent(JSON.stringify(where));
  const found = await parseRest('GET', `/classes/AuditLog?where=${query}&limit=100`, { masterKey: true });
  expect(found.status).toBe(200);
  return found.body.results;
}

it('records who did what through which door, without the secrets of the request', async () => {
  const requestId = uniqueName('audit-');
  const email = uniqueEmail();
  const body = { email, password: PASSWORD, type: 'self' };
  const headers = { 'X-Request-Id': requestId };
  expect((await api('POST', '/api/users', { token: await adminToken(), body, headers })).status).toBe(201);
  const rows = (await rowsWhere({ request_id: requestId })).filter(({ action }) => action === 'createUser');
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({ outcome: 'ok', door: 'rest', details: { type: 'self' } });
  expect(rows[0]!.actor).toMatch(/^[A-Za-z0-9]{10}$/);
  expect(JSON.stringify(rows)).not.toContain(PASSWORD);
  expect(JSON.stringify(rows)).not.toContain(email);
});

it('tells who signed in', async () => {
  const person = await createUser();
  const signedIn = await rowsWhere({ action: 'login', object_id: person.id });
  expect(signedIn).toMatchObject([{ actor: 'anonymous', outcome: 'ok' }]);
});

it('records refusals, with their code', async () => {
  const person = await createUser();
  const answer = await api('POST', '/api/queue/dead-letter/none/replay', { token: person.token });
  expect(answer.status).toBe(403);
  expect(await rowsWhere({ actor: person.id, action: 'replayDeadLetter' })).toMatchObject([{ outcome: 'FORBIDDEN' }]);
});

it('tells the doors apart', async () => {
  const person = await createUser();
  await parseFn('replayDeadLetter', { id: 'none' }, { sessionToken: person.sessionToken });
  expect(await rowsWhere({ actor: person.id, action: 'replayDeadLetter' })).toMatchObject([{ door: 'cloud' }]);
});

it('records no reading', async () => {
  const person = await createUser();
  await api('GET', '/api/queue/dead-letter', { token: person.token });
  expect(await rowsWhere({ actor: person.id, action: 'listDeadLetters' })).toEqual([]);
});

describe('a written row', () => {
  async function someRow(): Promise<AuditRow> {
    const person = await createUser();
    await api('POST', '/api/queue/dead-letter/none/replay', { token: person.token });
    return (await rowsWhere({ actor: person.id, action: 'replayDeadLetter' }))[0]!;
  }

  it('is neither changed nor removed with the master key', async () => {
    const row = await someRow();
    const route = `/classes/AuditLog/${row.objectId}`;
    expect((await parseRest('PUT', route, { masterKey: true, body: { outcome: 'ok' } })).status).toBe(400);
    expect((await parseRest('DELETE', route, { masterKey: true })).status).toBe(400);
    expect(await rowsWhere({ objectId: row.objectId })).toMatchObject([{ outcome: 'FORBIDDEN' }]);
  });

  it('outlives a purge of its class', async () => {
    const row = await someRow();
    await parseRest('DELETE', '/purge/AuditLog', { masterKey: true });
    expect(await rowsWhere({ objectId: row.objectId })).toHaveLength(1);
  });

  // MongoDB has no triggers: there the guard above is all there is.
  (LANE === 'mongo' ? it.skip : it)('is kept by the database itself', async () => {
    const row = await someRow();
    const client = new Client({ connectionString: testServer().databaseUri });
    await client.connect();
    try {
      const changing = client.query(`update "AuditLog" set outcome = 'ok' where "objectId" = $1`, [row.objectId]);
      await expect(changing).rejects.toThrow('append-only');
      const removing = client.query(`delete from "AuditLog" where "objectId" = $1`, [row.objectId]);
      await expect(removing).rejects.toThrow('append-only');
      await expect(client.query('truncate "AuditLog"')).rejects.toThrow('append-only');
    } finally {
      await client.end();
    }
  });
});

it('is read by platform administrators only: it tells of people and their addresses', async () => {
  const mine = await createTenant();
  const person = await createUser({ roles: ['tenant:owner'], tenant: mine });
  const admin = await createUser({ roles: ['admin'] });
  await api('POST', '/api/queue/dead-letter/none/replay', { token: person.token });
  const read = async (sessionToken: string): Promise<number> => {
    const where = encodeURIComponent(JSON.stringify({ actor: person.id, action: 'replayDeadLetter' }));
    const found = await parseRest('GET', `/classes/AuditLog?where=${where}`, { sessionToken });
    return found.body.results.length;
  };
  expect(await read(person.sessionToken)).toBe(0);
  expect(await read(admin.sessionToken)).toBe(1);
});
