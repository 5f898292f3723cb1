import { randomUUID } from 'node:crypto';
import { startExtraServer } from '../frame/support/extra-server';
import { adminToken, api, parseRest, testServer, type ParseOptions } from '../harness/app';
import { runApp } from './sdk/run';
import { withDatabase } from './support';
import { createPerson, type Person } from '../factories/people';

const as = ({ sessionToken }: Person): ParseOptions => ({ sessionToken });
const where = (condition: object): string => encodeURIComponent(JSON.stringify(condition));
const userPointer = (id: string): object => ({ __type: 'Pointer', className: '_User', objectId: id });
const adding = (...ids: string[]): object => ({ __op: 'AddRelation', objects: ids.map(userPointer) });
const ownAcl = ({ id }: Person): object => ({ [id]: { read: true, write: true } });

const makeRole = (maker: ParseOptions, body: object) => parseRest('POST', '/roles', { ...maker, body });

async function roleNamed(name: string): Promise<any> {
  return (await parseRest('GET', `/roles?where=${where({ name })}`, { masterKey: true })).body.results[0];
}

/** Of the server's; other tests open theirs to everybody. */
async function rolesSeenBy(person: Person, condition: object = {}): Promise<string[]> {
  const { body } = await parseRest('GET', `/roles?where=${where(condition)}`, as(person));
  const names: string[] = body.results.map(({ name }: { name: string }) => name);
  // Roles of the server alone: other tests open theirs to everybody.
  return names.filter((name) => /^(super_admin|admin|support|sales|analyst|t_\w+)$/.test(name)).sort();
}

describe('a role of one’s own', () => {
  test('is made by the SDK, changed by those whom its ACL allows, and has members and child roles', async () => {
    const result = await runApp('roles');
    expect(result).toEqual({ name: result.name, joining: 101, mine: [result.name], ofBob: 119, members: [true] });
  });

  test('gives its rights at once, through children too, and takes them at once', async () => {
    const [maker, member, friend] = [await createPerson(), await createPerson(), await createPerson()];
    const [parent, child] = [`Parent ${randomUUID()}`, `Child ${randomUUID()}`];
    const made = await makeRole(as(maker), { name: child, ACL: ownAcl(maker), users: adding(member.id) });
    const roles = {
      __op: 'AddRelation',
      objects: [{ __type: 'Pointer', className: '_Role', objectId: made.body.objectId }],
    };
    const top = await makeRole(as(maker), { name: parent, ACL: ownAcl(maker), roles });
    expect([made.status, top.status]).toEqual([201, 201]);
    const body = { ACL: { [`role:${parent}`]: { read: true } } };
    await parseRest('PUT', `/users/${maker.id}`, { ...as(maker), body });
    const reads = async (who: Person) => (await parseRest('GET', `/users/${maker.id}`, as(who))).status;
    expect([await reads(member), await reads(friend)]).toEqual([200, 404]);
    const change = (users: object) =>
      parseRest('PUT', `/roles/${made.body.objectId}`, { ...as(maker), body: { users } });
    await change(adding(friend.id));
    expect(await reads(friend)).toBe(200);
    await change({ __op: 'RemoveRelation', objects: [userPointer(friend.id)] });
    expect(await reads(friend)).toBe(404);
    expect((await parseRest('DELETE', `/roles/${made.body.objectId}`, as(maker))).status).toBe(200);
    expect(await reads(member)).toBe(404);
  });

  test.each([
    ['without an ACL', { name: 'NoAcl' }, 111],
    ['without a name', { ACL: {} }, 111],
    ['of another type', { name: 7, ACL: {} }, -1],
    ['with an odd name', { name: 'a:b', ACL: {} }, -1],
    ['with a name of blanks', { name: ' x', ACL: {} }, 142],
    ['with a field that nobody made', { name: 'x', ACL: {}, constructor: 1 }, 105],
  ])('is refused %s', async (_what, body, code) => {
    const answer = await makeRole(as(await createPerson()), body);
    expect([answer.status, answer.body.code]).toEqual([400, code]);
  });

  test('is made by nobody who is not signed in', async () => {
    const answer = await makeRole({}, { name: `R${randomUUID()}`, ACL: { '*': { read: true, write: true } } });
    expect([answer.status, answer.body.code]).toEqual([400, 209]);
  });
});

const OURS = [
  'admin',
  'Admin',
  'SUPER_ADMIN',
  'support',
  'sales',
  'Analyst',
  't_x_admin',
  'T_x_member',
  'public',
  'Owner',
];

describe('roles of the server', () => {
  test.each(OURS)('leave the name %s to nobody, at creation and later, through every door', async (name) => {
    const person = await createPerson();
    const body = { name, ACL: ownAcl(person) };
    const made = await makeRole(as(person), body);
    const own = await makeRole(as(person), { name: `R${randomUUID()}`, ACL: ownAcl(person) });
    const renamed = await parseRest('PUT', `/roles/${own.body.objectId}`, { ...as(person), body: { name } });
    // Parse itself lets no role change its name.
    expect([made.body.code, renamed.body.code]).toEqual([119, -1]);
    const requests = [{ method: 'POST', path: '/parse/classes/_Role', body }];
    const batch = await parseRest('POST', '/batch', { ...as(person), body: { requests } });
    expect(batch.body[0].error.code).toBe(119);
    const query = 'mutation($f: CreateRoleFieldsInput!) { createRole(input: {fields: $f}) { role { name } } }';
    const fields = { name, ACL: { users: [{ userId: person.id, read: true, write: true }] } };
    const graph = await parseRest('POST', '/../graphql', { ...as(person), body: { query, variables: { f: fields } } });
    expect(graph.body.errors).toHaveLength(1);
    expect((await makeRole({ masterKey: true }, body)).status).toBe(400);
  });

  test('take nobody in, by whatever way', async () => {
    const person = await createPerson();
    const { objectId } = await roleNamed('admin');
    const child = await makeRole(as(person), {
      name: `R${randomUUID()}`,
      ACL: ownAcl(person),
      users: adding(person.id),
    });
    const childPointer = { __type: 'Pointer', className: '_Role', objectId: child.body.objectId };
    const attempts = [
      { method: 'PUT', path: `/parse/roles/${objectId}`, body: { users: adding(person.id) } },
      { method: 'PUT', path: `/parse/classes/_Role/${objectId}`, body: { users: adding(person.id) } },
      {
        method: 'PUT',
        path: `/parse/roles/${objectId}`,
        body: { roles: { __op: 'AddRelation', objects: [childPointer] } },
      },
      { method: 'PUT', path: `/parse/roles/${objectId}`, body: { ACL: ownAcl(person) } },
      { method: 'DELETE', path: `/parse/roles/${objectId}`, body: {} },
      {
        method: 'POST',
        path: '/parse/classes/_Join:users:_Role',
        body: { relatedId: person.id, owningId: objectId },
      },
      { method: 'POST', path: '/parse/roles', body: { objectId, name: `R${randomUUID()}`, ACL: {} } },
    ];
    // Of a role that he may not see, and of a class that nobody may write.
    const refusals = [...Array(attempts.length - 2).fill([404, 101]), [400, 119], [400, 105]];
    for (const [index, { method, path, body }] of attempts.entries()) {
      const answer = await parseRest(method, path.slice('/parse'.length), { ...as(person), body });
      expect([method, path, answer.status, answer.body.code]).toEqual([method, path, ...refusals[index]]);
    }
    const batch = await parseRest('POST', '/batch', { ...as(person), body: { requests: attempts } });
    expect(batch.body.map((item: any) => Boolean(item.error))).toEqual(attempts.map(() => true));
    const { body } = await api('GET', `/api/users/${person.id}`, { token: await adminToken() });
    expect(body.roles).toEqual([]);
    expect((await api('GET', '/api/users?limit=1', { token: person.token })).status).toBe(403);
  });

  test('stay when even the master key deletes or renames them', async () => {
    const { objectId } = await roleNamed('analyst');
    const master = { masterKey: true };
    expect((await parseRest('DELETE', `/roles/${objectId}`, master)).status).toBe(400);
    expect((await parseRest('PUT', `/roles/${objectId}`, { ...master, body: { name: 'Renamed' } })).status).toBe(400);
    expect((await roleNamed('analyst')).objectId).toBe(objectId);
  });

  test('are seen by those who are in them, and by nobody else', async () => {
    const [plain, analyst, root] = [
      await createPerson(),
      await createPerson({ roles: ['analyst'] }),
      await createPerson({ roles: ['super_admin'] }),
    ];
    const mine = (person: Person) => ({ users: userPointer(person.id) });
    expect(await rolesSeenBy(plain)).toEqual([]);
    expect([await rolesSeenBy(analyst), await rolesSeenBy(analyst, mine(analyst))]).toEqual([['analyst'], ['analyst']]);
    expect(await rolesSeenBy(root, mine(root))).toEqual(['super_admin']);
    expect(await rolesSeenBy(plain, { name: 'admin' })).toEqual([]);
  });

  test('do not tell one member who the others are', async () => {
    const [analyst, other] = [await createPerson({ roles: ['analyst'] }), await createPerson({ roles: ['analyst'] })];
    const body = { ACL: { '*': { read: true } } };
    await parseRest('PUT', `/users/${other.id}`, { ...as(other), body });
    const role = { __type: 'Pointer', className: '_Role', objectId: (await roleNamed('analyst')).objectId };
    const related = { $relatedTo: { object: role, key: 'users' } };
    const users = userPointer(other.id);
    const questions: [string, object][] = [
      ['/users', related],
      ['/users', { $or: [related, { objectId: 'x' }] }],
      ['/classes/Event', { user: { $inQuery: { className: '_User', where: related } } }],
      ['/roles', { users }],
      ['/roles', { $or: [{ users }, { name: 'x' }] }],
      ['/roles', { users: { $in: [users] } }],
      ['/roles', { users: { $ne: users } }],
      ['/roles', { 'users.objectId': other.id }],
      ['/classes/Event', { role: { $inQuery: { className: '_Role', where: { users } } } }],
    ];
    for (const [route, condition] of questions) {
      const answer = await parseRest('GET', `${route}?where=${where(condition)}`, as(analyst));
      expect([route, condition, answer.status, answer.body.code]).toEqual([route, condition, 400, 119]);
    }
  });

  test('of a database from before become visible to their members at the next start', async () => {
    const { objectId } = await roleNamed('analyst');
    const read = async (): Promise<string[]> => Object.keys((await roleNamed('analyst')).ACL);
    await withDatabase<unknown>({
      postgres: (db) => db.query(`update "_Role" set _rperm = '{role:admin}' where "objectId" = $1`, [objectId]),
      mongo: (db) =>
        db.collection<{ _id: string }>('_Role').updateOne({ _id: objectId }, { $set: { _rperm: ['role:admin'] } }),
    });
    expect(await read()).toEqual(['role:admin']);
    const { env } = testServer();
    const database: Record<string, string> = env['MONGODB_URL']
      ? { MONGODB_URL: env['MONGODB_URL'] }
      : { DATABASE_URI: env['DATABASE_URI']! };
    await (await startExtraServer(database)).stop();
    expect((await read()).sort()).toEqual(['role:admin', 'role:analyst']);
  });
});
