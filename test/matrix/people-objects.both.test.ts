import { parseRest, type ParseOptions } from '../harness/app';
import { uniqueEmail, uniqueName } from '../factories/ids';
import { createPerson, PASSWORD, type Person } from '../factories/people';
import { createCast, type ActorName, type Cast } from './support/actors';

let cast: Cast;

beforeAll(async () => {
  cast = await createCast();
});

const as = (person: Person): ParseOptions => ({ sessionToken: person.sessionToken });
const COMMON = ['plain user', 'tenant:member', 'tenant:admin', 'tenant:owner', 'analyst', 'other tenant'] as const;
const someone = (name: ActorName): ParseOptions =>
  name === 'anonymous' ? {} : as(cast.people[name as keyof Cast['people']]);

describe('_User', () => {
  it.each(['anonymous', ...COMMON] as const)('is a list of nobody but oneself for %s', async (name) => {
    // Of private people: tests beside this one open accounts of their own to everybody.
    const people = [await createPerson(), ...Object.values(cast.people)].map(({ id }) => id);
    const where = encodeURIComponent(JSON.stringify({ objectId: { $in: people } }));
    const answer = await parseRest('GET', `/users?count=1&where=${where}`, someone(name));
    const own = name === 'anonymous' ? [] : [cast.people[name].id];
    expect([answer.status, answer.body.results.map(({ objectId }: any) => objectId)]).toEqual([200, own]);
    expect(answer.body.count).toBe(own.length);
  });

  it.each(['anonymous', ...COMMON] as const)('of another person is not shown to %s', async (name) => {
    const { id, email } = await createPerson();
    const answer = await parseRest('GET', `/users/${id}`, someone(name));
    expect(answer.status).toBe(404);
    expect(JSON.stringify(answer.body)).not.toContain(email);
  });

  it.each(['anonymous', ...COMMON] as const)('of another person is neither changed nor removed by %s', async (name) => {
    const { id } = await createPerson({ name: 'Own Name' });
    const update = await parseRest('PUT', `/users/${id}`, { ...someone(name), body: { name: 'taken' } });
    const remove = await parseRest('DELETE', `/users/${id}`, someone(name));
    expect([update.status, remove.status]).toEqual([400, 400]);
    expect((await parseRest('GET', `/users/${id}`, { masterKey: true })).body.name).toBe('Own Name');
  });

  it.each([
    ['status', 'deleted'],
    ['type', 'internal'],
    ['emailVerified', true],
    ['tenant', { __type: 'Pointer', className: 'Tenant', objectId: 'none000000' }],
    ['ACL', { '*': { read: true, write: true } }],
    ['created_by', { __type: 'Pointer', className: '_User', objectId: 'none000000' }],
    ['roles', ['admin']],
    ['no_such_field', 1],
    ['_hashed_password', 'x'],
    ['sessionToken', 'r:0'],
    ['stripe_customer_id', 'x'],
    ['erased_at', { __type: 'Date', iso: '2020-01-01T00:00:00.000Z' }],
  ])('keeps the field %s from the person', async (field, value) => {
    const person = await createPerson();
    const before = (await parseRest('GET', `/users/${person.id}`, { masterKey: true })).body;
    await parseRest('PUT', `/users/${person.id}`, { ...as(person), body: { [field]: value } });
    const { updatedAt: _updatedAt, ...after } = (await parseRest('GET', `/users/${person.id}`, { masterKey: true }))
      .body;
    const { updatedAt: _before, ...expected } = before;
    expect(after).toEqual(expected);
  });

  it.each([
    ['status', 'suspended'],
    ['type', 'internal'],
    ['tenant', { __type: 'Pointer', className: 'Tenant', objectId: 'none000000' }],
    ['ACL', { '*': { read: true, write: true } }],
    ['emailVerified', true],
  ])('gives nothing for the field %s at sign-up', async (field, value) => {
    const email = uniqueEmail();
    const body = { username: email, email, password: PASSWORD, [field]: value };
    const made = await parseRest('POST', '/users', { body });
    if (made.status !== 201) return;
    const row = (await parseRest('GET', `/users/${made.body.objectId}`, { masterKey: true })).body;
    expect(row[field]).not.toEqual(value);
  });

  it('shows no hash, not even to its owner', async () => {
    const person = cast.people['plain user'];
    const { body } = await parseRest('GET', '/users/me', as(person));
    expect(body.objectId).toBe(person.id);
    expect(Object.keys(body).filter((key) => /password|hash|perishable|lockout/i.test(key))).toEqual([]);
  });
});

describe('_Role', () => {
  const roleBody = (name: string, member: Person): object => ({
    name,
    ACL: { '*': { read: true, write: true } },
    users: { __op: 'AddRelation', objects: [{ __type: 'Pointer', className: '_User', objectId: member.id }] },
  });

  it.each(COMMON)('is not made by %s', async (name) => {
    const body = roleBody(uniqueName('t_'), cast.people[name]);
    const answer = await parseRest('POST', '/roles', { ...someone(name), body });
    expect(answer.status).toBe(400);
  });

  it.each(COMMON)('admin does not take %s in', async (name) => {
    const where = encodeURIComponent(JSON.stringify({ name: 'admin' }));
    const found = await parseRest('GET', `/roles?where=${where}`, { masterKey: true });
    const id = found.body.results[0].objectId;
    const users = {
      __op: 'AddRelation',
      objects: [{ __type: 'Pointer', className: '_User', objectId: cast.people[name].id }],
    };
    const answer = await parseRest('PUT', `/roles/${id}`, { ...someone(name), body: { users } });
    expect(answer.status).toBe(404);
  });
});

describe('_Session', () => {
  it.each(COMMON)('shows %s the own ones only', async (name) => {
    const answer = await parseRest('GET', '/sessions?limit=1000', someone(name));
    const owners = new Set((answer.body.results ?? []).map((row: any) => row.user.objectId));
    owners.delete(cast.people[name].id);
    expect([...owners]).toEqual([]);
  });

  it.each([
    ['expiresAt', { __type: 'Date', iso: '2099-01-01T00:00:00.000Z' }],
    ['user', { __type: 'Pointer', className: '_User', objectId: 'none000000' }],
    ['sessionToken', 'r:00000000000000000000000000000000'],
    ['createdWith', { action: 'x' }],
  ])('does not let a person change %s', async (field, value) => {
    const person = await createPerson();
    const [session] = (await parseRest('GET', '/sessions', as(person))).body.results;
    await parseRest('PUT', `/sessions/${session.objectId}`, { ...as(person), body: { [field]: value } });
    const after = await parseRest('GET', `/sessions/${session.objectId}`, { masterKey: true });
    expect(after.body[field]).toEqual(session[field]);
  });

  it('is not made by a client with a life of its own choosing', async () => {
    const person = await createPerson();
    const body = { expiresAt: { __type: 'Date', iso: '2099-01-01T00:00:00.000Z' } };
    const made = await parseRest('POST', '/sessions', { ...as(person), body });
    if (made.status !== 201) return;
    const row = await parseRest('GET', `/sessions/${made.body.objectId}`, { masterKey: true });
    expect(new Date(row.body.expiresAt.iso).getTime()).toBeLessThan(Date.now() + 25 * 3_600_000);
  });
});
