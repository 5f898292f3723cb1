import { createPerson, type Person } from '../factories/people';
import { api, parseRest, testServer } from '../harness/app';
import { expectAlive } from './support/client';
import { PARSE_APP } from './support/targets';

let person: Person;
beforeAll(async () => (person = await createPerson()));

const call = (method: string, path: string, body?: object) =>
  api(method, path, { body, headers: { ...PARSE_APP, 'X-Parse-Session-Token': person.sessionToken } });
const increment = { __op: 'Increment', amount: 1 };

describe('rows that Parse Server fails on', () => {
  it.each([
    ['a number added to a text', { name: increment }],
    ['an element added to a text', { name: { __op: 'Add', objects: [1] } }],
    ['an element added once to a text', { name: { __op: 'AddUnique', objects: [1] } }],
    ['an element taken from a text', { name: { __op: 'Remove', objects: [1] } }],
    ['a provider named like a method', { authData: { toString: { id: 'x' } } }],
  ])('%s: refused, alone and in a batch', async (_name, body) => {
    expect((await call('PUT', `/parse/users/${person.id}`, body)).status).toBe(400);
    const requests = [{ method: 'PUT', path: `/parse/users/${person.id}`, body }];
    expect((await call('POST', '/parse/batch', { requests })).status).toBe(400);
    await expectAlive();
  });

  it('NUL in a text, a list or a key: refused, in a class without rules of its own too', async () => {
    for (const body of [{ appId: 'a\0b' }, { array: ['a\0b'] }, { object: { 'a\0b': 1 } }]) {
      const answer = await parseRest('POST', '/classes/DashboardConfig', { masterKey: true, body });
      expect(answer.status).toBe(400);
    }
  });

  it('NUL that comes through GraphQL: refused where the value meets the database', async () => {
    const query = `mutation { createDashboardConfig(input: {fields: {appId: "a\\u0000b"}}) { clientMutationId } }`;
    const headers = { ...PARSE_APP, 'X-Parse-Master-Key': testServer().masterKey };
    const { body } = await api('POST', '/graphql', { body: { query }, headers });
    expect(body.errors[0].extensions.code).toBe(111);
  });

  it.each([
    ['a token that is a number', { deviceToken: 5, deviceType: 'ios' }],
    ['an id that is an object', { installationId: { $ne: 1 }, deviceType: 'ios' }],
  ])('a device with %s: refused', async (_name, body) => {
    expect((await call('POST', '/parse/installations', body)).status).toBe(400);
  });

  it('a number is added to a number all the same', async () => {
    const made = await parseRest('POST', '/classes/DashboardConfig', {
      masterKey: true,
      body: { appId: 'x', number: 1 },
    });
    const path = `/classes/DashboardConfig/${made.body.objectId}`;
    await parseRest('PUT', path, {
      masterKey: true,
      body: { number: increment, array: { __op: 'Add', objects: [1] } },
    });
    const { body } = await parseRest('GET', path, { masterKey: true });
    expect(body).toMatchObject({ number: 2, array: [1] });
  });
});

describe('routes of Parse that cannot work here', () => {
  it.each([
    ['GET', '/classes/Customer/%00'],
    ['PUT', '/classes/Customer/%00'],
    ['DELETE', '/classes/Customer/%00'],
    ['GET', '/users/%00'],
    ['POST', '/upgradeToRevocableSession'],
  ])('%s %s is not there', async (method, path) => {
    const answer = await call(method, `/parse${path}`, method === 'GET' ? undefined : {});
    expect([answer.status, answer.body.code]).toEqual([404, 101]);
  });
});
