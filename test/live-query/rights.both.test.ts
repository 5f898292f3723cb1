import { adminToken, api, parseRest, testServer, waitFor } from '../harness/app';
import { uniqueName } from '../factories/ids';
import { createPerson, createTenant, type Person } from '../factories/people';
import { connectLive, type LiveClient, type LiveMessage } from '../harness/live-client';
import {
  changeRow,
  deleteRow,
  newOwnClass,
  OPEN,
  pointerTo,
  readableBy,
  saveRow,
  setPermissions,
} from './support/own-class';

const NOBODY = { ...OPEN, find: {}, get: {} };
const master = { masterKey: true } as const;
const follow = async (person: Person, className: string, where: object = {}): Promise<Follower> => {
  const client = await connectLive({ sessionToken: person.sessionToken });
  const { requestId } = await client.follow(className, where);
  return { client, requestId, events: () => client.events(requestId) };
};
interface Follower {
  client: LiveClient;
  requestId: number;
  events(): LiveMessage[];
}
/** Saves a row that everybody may read: whoever has heard of it has heard all before. */
async function until(className: string, ...followers: Follower[]): Promise<void> {
  const id = await saveRow(className, { text: 'last', ACL: readableBy('*') });
  for (const { client, requestId } of followers) await client.hears(requestId, 'create', id);
}
const told = ({ events }: Follower): unknown[] =>
  events()
    .filter(({ object }) => object.text !== 'last')
    .map(({ op, object, original }) => [op, object.text, original?.text]);

test('an ACL that narrows or widens is a leave or an enter without what one may not read', async () => {
  const className = await newOwnClass();
  const [owner, friend] = [await createPerson(), await createPerson()];
  const [theirs, friends] = [await follow(owner, className), await follow(friend, className)];
  const id = await saveRow(className, { text: 'one', ACL: readableBy(owner.id) });
  await changeRow(className, id, { text: 'two', ACL: readableBy(owner.id, friend.id) });
  await changeRow(className, id, { text: 'three', ACL: readableBy(owner.id) });
  await changeRow(className, id, { text: 'four' });
  await deleteRow(className, id);
  await until(className, theirs, friends);
  expect(told(friends)).toEqual([
    ['enter', 'two', undefined],
    ['leave', 'two', 'two'],
  ]);
  expect(told(theirs)).toEqual([
    ['create', 'one', undefined],
    ['update', 'two', 'one'],
    ['update', 'three', 'two'],
    ['update', 'four', 'three'],
    ['delete', 'four', undefined],
  ]);
});

test('a row without an ACL is everybody’s, one with an empty ACL nobody’s but the operator’s', async () => {
  const className = await newOwnClass();
  const anonymous = await connectLive();
  const operator = await connectLive({ masterKey: testServer().masterKey });
  const [everybody, all] = [await anonymous.follow(className), await operator.follow(className)];
  const hidden = await saveRow(className, { text: 'hidden', ACL: {} });
  const seen = await saveRow(className, { text: 'seen' });
  await anonymous.hears(everybody.requestId, 'create', seen);
  await operator.hears(all.requestId, 'create', hidden);
  expect(anonymous.events(everybody.requestId).map(({ object }) => object.text)).toEqual(['seen']);
});

test('pointer permissions decide before and after: what pointed to another is not told', async () => {
  const className = await newOwnClass({ ...NOBODY, readUserFields: ['owner'] });
  const [ann, bob] = [await createPerson(), await createPerson()];
  const [anns, bobs] = [await follow(ann, className), await follow(bob, className)];
  const of = (person: Person): object => ({ owner: pointerTo('_User', person.id) });
  const id = await saveRow(className, { text: 'ann 1', ...of(ann) });
  await changeRow(className, id, { text: 'bob 1', ...of(bob) });
  await changeRow(className, id, { text: 'bob 2' });
  await saveRow(className, { text: 'ann 2', ...of(ann) });
  await waitFor(() => told(anns).length === 3 && told(bobs).length === 2);
  expect(told(anns)).toEqual([
    ['create', 'ann 1', undefined],
    ['leave', 'ann 1', 'ann 1'],
    ['create', 'ann 2', undefined],
  ]);
  expect(told(bobs)).toEqual([
    ['enter', 'bob 1', undefined],
    ['update', 'bob 2', 'bob 1'],
  ]);
});

describe('roles', () => {
  /** A role of the app, by the master key: today only the server changes roles. */
  async function newRole(person: Person): Promise<{ name: string; takeFrom(who: Person): Promise<void> }> {
    const name = uniqueName('role');
    const users = (op: string, who: Person): object => ({ __op: op, objects: [pointerTo('_User', who.id)] });
    const body = { name, ACL: {}, users: users('AddRelation', person) };
    const made = await parseRest('POST', '/roles', { ...master, body });
    expect(made.status).toBe(201);
    return {
      name,
      takeFrom: async (who) => {
        const change = { ...master, body: { users: users('RemoveRelation', who) } };
        expect((await parseRest('PUT', `/roles/${made.body.objectId}`, change)).status).toBe(200);
      },
    };
  }

  test('open a class and a row; when they are taken the class is closed with an error', async () => {
    const person = await createPerson();
    const role = await newRole(person);
    const byRow = await newOwnClass();
    const byClass = await newOwnClass({ ...NOBODY, find: { [`role:${role.name}`]: true } });
    const [row, wholeClass] = [await follow(person, byRow), await follow(person, byClass)];
    const first = await saveRow(byClass, { text: 'a' });
    await wholeClass.client.hears(wholeClass.requestId, 'create', first);
    await saveRow(byRow, { text: 'a', ACL: readableBy(`role:${role.name}`) });
    await until(byRow, row);
    expect(told(row)).toEqual([['create', 'a', undefined]]);

    await role.takeFrom(person);
    await waitFor(async () => {
      await saveRow(byClass, { text: 'b' });
      return wholeClass.client.messages.some(({ op, code }) => op === 'error' && code === 119);
    });
    const heard = told(wholeClass).length;
    await saveRow(byClass, { text: 'c' });
    await saveRow(byRow, { text: 'c', ACL: readableBy(`role:${role.name}`) });
    await until(byRow, row);
    expect(told(row)).toEqual([['create', 'a', undefined]]);
    expect(told(wholeClass)).toHaveLength(heard);
  });

  test('decide about protected fields (GHSA-9jpp-xhh6-75mf)', async () => {
    const [person, other] = [await createPerson(), await createPerson()];
    const role = await newRole(person);
    const className = await newOwnClass({
      ...OPEN,
      protectedFields: { '*': ['secret', 'price'], [`role:${role.name}`]: ['secret'] },
    });
    const [inRole, outside] = [await follow(person, className), await follow(other, className)];
    expect((await inRole.client.ask(className, { price: 1 })).op).toBe('subscribed');
    expect(await outside.client.ask(className, { price: 1 })).toMatchObject({ op: 'error', code: 119 });
    const id = await saveRow(className, { secret: 'x', price: 1 });
    await changeRow(className, id, { price: 2 });
    const fields = async ({ client, requestId }: Follower): Promise<unknown[]> => {
      const { object, original } = await client.hears(requestId, 'update', id);
      return [object.secret, object.price, original.secret, original.price];
    };
    expect(await fields(inRole)).toEqual([undefined, 2, undefined, 1]);
    expect(await fields(outside)).toEqual([undefined, undefined, undefined, undefined]);
  });
});

test('protected fields of a row are its owner’s, where the class says so', async () => {
  const [owner, other] = [await createPerson(), await createPerson()];
  const className = await newOwnClass({ ...OPEN, protectedFields: { '*': ['secret'], 'userField:owner': [] } });
  const [theirs, others] = [await follow(owner, className), await follow(other, className)];
  const id = await saveRow(className, { secret: 'x', owner: pointerTo('_User', owner.id) });
  expect((await theirs.client.hears(theirs.requestId, 'create', id)).object.secret).toBe('x');
  expect((await others.client.hears(others.requestId, 'create', id)).object.secret).toBeUndefined();
});

test('a class that is closed, or whose asked field becomes protected, ends its subscriptions with an error', async () => {
  const className = await newOwnClass();
  const [everything, byPrice] = [await connectLive(), await connectLive()];
  const [{ requestId }, price] = [await everything.follow(className), await byPrice.follow(className, { price: 1 })];
  await setPermissions(className, { ...OPEN, protectedFields: { '*': ['price'] } });
  const ends = (client: LiveClient, id: number): Promise<unknown> =>
    waitFor(async () => {
      await saveRow(className, { price: 1 });
      return client.messages.find((got) => got.op === 'error' && got.requestId === id && got.code === 119);
    });
  await ends(byPrice, price.requestId);
  await setPermissions(className, NOBODY);
  await ends(everything, requestId);
  const heard = everything.events(requestId).length;
  await setPermissions(className, OPEN);
  const again = await waitFor(() => everything.follow(className));
  await everything.hears(again.requestId, 'create', await saveRow(className, {}));
  expect(everything.events(requestId)).toHaveLength(heard);
});

describe('whoever may come in no more hears nothing more', () => {
  const WAYS: readonly [string, number, (person: Person) => Promise<{ status: number }>][] = [
    ['signs out', 209, ({ sessionToken }) => parseRest('POST', '/logout', { sessionToken })],
    [
      'is suspended',
      209,
      async ({ id }) => api('PUT', `/api/users/${id}`, { token: await adminToken(), body: { status: 'suspended' } }),
    ],
    ['is deleted', 209, async ({ id }) => api('DELETE', `/api/users/${id}`, { token: await adminToken() })],
    [
      'sees his tenant suspended',
      209,
      ({ tenantId }) => parseRest('PUT', `/classes/Tenant/${tenantId}`, { ...master, body: { status: 'suspended' } }),
    ],
  ];

  test.each(WAYS)('who %s', async (_way, code, end) => {
    const person = await createPerson({ tenant: await createTenant() });
    const className = await newOwnClass();
    const theirs = await follow(person, className);
    await until(className, theirs);
    expect((await end(person)).status).toBeLessThan(300);
    const id = await saveRow(className, { text: 'after' });
    await waitFor(() => theirs.client.messages.some((got) => got.op === 'error' && got.code === code));
    expect(theirs.events().map(({ object }) => object.objectId)).not.toContain(id);
    theirs.client.close();
  });

  test('who leaves his tenant, of its rows', async () => {
    const tenant = await createTenant();
    const person = await createPerson({ roles: ['tenant:member'], tenant });
    const theirs = await follow(person, 'Product');
    const product = (): Promise<string> =>
      saveRow('Product', {
        external_id: uniqueName('p'),
        title: 'Lamp',
        price: 5,
        currency: 'USD',
        tenant: pointerTo('Tenant', tenant),
      });
    await theirs.client.hears(theirs.requestId, 'create', await product());
    const where = encodeURIComponent(JSON.stringify({ user: pointerTo('_User', person.id) }));
    const [member] = (await parseRest('GET', `/classes/TenantMember?where=${where}`, master)).body.results;
    await deleteRow('TenantMember', member.objectId);
    const after = await product();
    const stranger = await createPerson({ roles: ['admin'] });
    const admins = await follow(stranger, 'Product');
    await admins.client.hears(admins.requestId, 'create', await product());
    expect(theirs.events().map(({ object }) => object.objectId)).not.toContain(after);
  });
});
