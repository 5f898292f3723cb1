import { Client } from 'pg';
import { adminToken, api, parseFn, parseRest, testServer, LANE } from '../harness/app';
import { uniqueEmail, uniqueName } from '../factories/ids';
import { createPerson, createTenant, logIn, PASSWORD } from '../factories/people';

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
  const found = await parseRest('GET', `/classes/AuditLog?where=${query}&limit=100&order=at`, { masterKey: true });
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
  const person = await createPerson();
  await logIn(person.email);
  const signedIn = await rowsWhere({ action: 'login', object_id: person.id });
  expect(signedIn).toMatchObject([{ actor: 'anonymous', outcome: 'ok' }]);
});

it('records refusals, with their code', async () => {
  const person = await createPerson();
  const answer = await api('POST', '/api/queue/dead-letter/none/replay', { token: person.token });
  expect(answer.status).toBe(403);
  expect(await rowsWhere({ actor: person.id, action: 'replayDeadLetter' })).toMatchObject([{ outcome: 'FORBIDDEN' }]);
});

it('tells the doors apart', async () => {
  const person = await createPerson();
  await parseFn('replayDeadLetter', { id: 'none' }, { sessionToken: person.sessionToken });
  expect(await rowsWhere({ actor: person.id, action: 'replayDeadLetter' })).toMatchObject([{ door: 'cloud' }]);
});

it('records no reading', async () => {
  const person = await createPerson();
  await api('GET', '/api/queue/dead-letter', { token: person.token });
  expect(await rowsWhere({ actor: person.id, action: 'listDeadLetters' })).toEqual([]);
});

describe('a change straight through Parse', () => {
  const changes = async (objectId: string) =>
    (await rowsWhere({ object_id: objectId })).map(({ actor, action, door, details, ...row }) => {
      const { before, after } = row as { before?: unknown; after?: unknown };
      return { actor, action, door, details, before, after };
    });

  it('tells who suspended whom, however it was done', async () => {
    const admin = await createPerson({ roles: ['admin'] });
    const person = await createPerson();
    const route = `/users/${person.id}`;
    const by = { sessionToken: admin.sessionToken };
    expect((await parseRest('PUT', route, { ...by, body: { status: 'suspended' } })).status).toBe(200);
    const update = `mutation { updateUser(input: {id: "${person.id}", fields: {status: "active"}}) { user { objectId } } }`;
    const headers = { 'X-Parse-Session-Token': admin.sessionToken, 'X-Parse-Application-Id': 'appbackend' };
    const answer = await api('POST', '/graphql', { headers, body: { query: update } });
    expect(answer.body.data).toBeTruthy();
    const batched = {
      requests: [{ method: 'PUT', path: `/parse${route}`, body: { status: 'suspended', name: 'Secret Name' } }],
    };
    expect((await parseRest('POST', '/batch', { masterKey: true, body: batched })).status).toBe(200);
    const rows = (await changes(person.id)).filter(({ action }) => action === 'update _User');
    expect(rows).toMatchObject([
      {
        actor: admin.id,
        before: { status: 'active' },
        after: { status: 'suspended' },
        details: { fields: ['status'] },
      },
      { actor: admin.id, before: { status: 'suspended' }, after: { status: 'active' } },
      { actor: 'master', after: { status: 'suspended' }, details: { fields: ['name', 'status'] } },
    ]);
    expect(JSON.stringify(rows)).not.toContain('Secret Name');
  });

  it('tells who corrected or removed a purchase, but not who added one', async () => {
    const tenant = await createTenant();
    const owner = await createPerson({ roles: ['tenant:owner'], tenant });
    const by = { sessionToken: owner.sessionToken };
    const purchase = { total: 10, currency: 'USD', purchased_at: { __type: 'Date', iso: '2024-01-01T00:00:00.000Z' } };
    const made = await parseRest('POST', '/classes/Purchase', { ...by, body: purchase });
    expect(made.status).toBe(201);
    const route = `/classes/Purchase/${made.body.objectId}`;
    expect((await parseRest('PUT', route, { ...by, body: { total: 12 } })).status).toBe(200);
    expect((await parseRest('DELETE', route, by)).status).toBe(200);
    expect(await changes(made.body.objectId)).toMatchObject([
      { actor: owner.id, action: 'update Purchase', before: { total: 10 }, after: { total: 12, total_minor: 1200 } },
      { actor: owner.id, action: 'delete Purchase', before: { total: 12 }, door: 'trigger' },
    ]);
  });

  it('tells who signed up, made a member, removed an account, and shows no password', async () => {
    const tenant = await createTenant();
    const email = uniqueEmail();
    const body = { username: email, email, password: PASSWORD };
    const person = await parseRest('POST', '/users', { body });
    expect(person.status).toBe(201);
    const id: string = person.body.objectId;
    const member = {
      tenant: { __type: 'Pointer', className: 'Tenant', objectId: tenant },
      user: { __type: 'Pointer', className: '_User', objectId: id },
      role: 'member',
    };
    const made = await parseRest('POST', '/classes/TenantMember', { masterKey: true, body: member });
    expect(made.status).toBe(201);
    expect(
      (await parseRest('PUT', `/users/${id}`, { masterKey: true, body: { password: `${PASSWORD}2` } })).status,
    ).toBe(200);
    expect((await parseRest('DELETE', `/users/${id}`, { masterKey: true })).status).toBe(200);
    const rows = await changes(id);
    expect(rows.map(({ action, actor }) => [action, actor])).toEqual([
      ['create _User', 'anonymous'],
      ['update _User', 'master'],
      ['delete _User', 'master'],
    ]);
    expect(rows[1]!.details).toEqual({ fields: ['password'] });
    expect(await changes(made.body.objectId)).toMatchObject([
      { action: 'create TenantMember', after: { role: 'member', user: { objectId: id } } },
    ]);
    for (const secret of [email, PASSWORD]) expect(JSON.stringify(rows)).not.toContain(secret);
  });

  it('is recorded once when an operation made it', async () => {
    const person = await createPerson();
    const route = `/api/users/${person.id}`;
    const changed = await api('PUT', route, { token: await adminToken(), body: { status: 'suspended' } });
    expect(changed.status).toBe(200);
    const rows = (await changes(person.id)).filter(({ action }) => /update/.test(action));
    expect(rows.map(({ action }) => action)).toEqual(['updateUser']);
  });
});

describe('a written row', () => {
  async function someRow(): Promise<AuditRow> {
    const person = await createPerson();
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
  const person = await createPerson({ roles: ['tenant:owner'], tenant: mine });
  const admin = await createPerson({ roles: ['admin'] });
  await api('POST', '/api/queue/dead-letter/none/replay', { token: person.token });
  const read = async (sessionToken: string): Promise<number> => {
    const where = encodeURIComponent(JSON.stringify({ actor: person.id, action: 'replayDeadLetter' }));
    const found = await parseRest('GET', `/classes/AuditLog?where=${where}`, { sessionToken });
    return found.body.results.length;
  };
  expect(await read(person.sessionToken)).toBe(0);
  expect(await read(admin.sessionToken)).toBe(1);
});
