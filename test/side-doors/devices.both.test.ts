import { randomUUID } from 'node:crypto';
import { createPerson, type Person } from '../factories/people';
import { parseRest, type Answer, type ParseOptions } from '../harness/app';

/** A device's row is its own, through every door; nobody but the master key lists or removes devices. */
interface Device {
  id: string;
  token: string;
  objectId: string;
}

const asDevice = (installationId: string): ParseOptions => ({ headers: { 'X-Parse-Installation-Id': installationId } });
const stored = async (objectId: string): Promise<Answer> =>
  parseRest('GET', `/installations/${objectId}`, { masterKey: true });

async function register(more: object = {}, options: ParseOptions = {}): Promise<Device> {
  const [id, token] = [randomUUID(), randomUUID()];
  const body = { deviceType: 'ios', installationId: id, deviceToken: token, ...more };
  const made = await parseRest('POST', '/installations', { ...options, body });
  expect(made.status).toBe(201);
  return { id, token, objectId: made.body.objectId };
}

const graphql = async (query: string, options: ParseOptions): Promise<number | undefined> =>
  (await parseRest('POST', '/../graphql', { ...options, body: { query } })).body.errors?.[0]?.extensions.code;

async function inBatch(
  method: string,
  path: string,
  options: ParseOptions,
  body?: object,
): Promise<number | undefined> {
  const requests = [{ method, path: `/parse${path}`, ...(body ? { body } : {}) }];
  return (await parseRest('POST', '/batch', { ...options, body: { requests } })).body[0].error?.code;
}

const code = async (method: string, path: string, options: ParseOptions, body?: object): Promise<number | undefined> =>
  (await parseRest(method, path, { ...options, ...(body ? { body } : {}) })).body.code;

let person: Person;
let device: Device;
beforeAll(async () => {
  [person, device] = [await createPerson(), await register()];
});

const STRANGERS: [string, () => ParseOptions][] = [
  ['nobody', () => ({})],
  ['another device', () => asDevice(randomUUID())],
  ['somebody signed in', () => ({ sessionToken: person.sessionToken })],
];

describe.each(STRANGERS)('%s', (_who, stranger) => {
  it.each(['/installations', '/classes/_Installation'])('neither lists, counts nor removes by %s', async (path) => {
    const one = `${path}/${device.objectId}`;
    const where = encodeURIComponent(JSON.stringify({ installationId: device.id }));
    const asked = [path, `${path}?where=${where}`, `${path}?count=1&limit=0`];
    for (const route of asked) expect([route, await code('GET', route, stranger())]).toEqual([route, 119]);
    expect(await code('DELETE', one, stranger())).toBe(119);
    expect(await code('GET', one, stranger())).toBe(101);
    expect(await code('PUT', one, stranger(), { badge: 9 })).toBe(101);
    expect(await inBatch('GET', path, stranger())).toBe(119);
    expect(await inBatch('GET', one, stranger())).toBe(101);
    expect(await inBatch('PUT', one, stranger(), { badge: 9 })).toBe(101);
    expect(await inBatch('DELETE', one, stranger())).toBe(119);
    expect((await stored(device.objectId)).body).toMatchObject({ deviceToken: device.token });
    expect((await stored(device.objectId)).body.badge).toBeUndefined();
  });

  it('nor by GraphQL, an aggregation or a subquery', async () => {
    const { objectId } = device;
    expect(await graphql('{ installations { count } }', stranger())).toBe(119);
    expect(await graphql(`{ installation(id: "${objectId}") { deviceType } }`, stranger())).toBe(101);
    const change = `mutation { updateInstallation(input: {id: "${objectId}", fields: {badge: 9}}) { clientMutationId } }`;
    expect(await graphql(change, stranger())).toBe(101);
    const removal = `mutation { deleteInstallation(input: {id: "${objectId}"}) { clientMutationId } }`;
    expect(await graphql(removal, stranger())).toBe(119);
    expect((await parseRest('GET', '/aggregate/_Installation?distinct=deviceToken', stranger())).status).toBe(403);
    const query = { className: '_Installation', where: {} };
    for (const channel of [{ $select: { query, key: 'deviceToken' } }, { $inQuery: query }]) {
      const where = encodeURIComponent(JSON.stringify({ user: channel }));
      const asked = await parseRest('GET', `/classes/Event?where=${where}`, { sessionToken: person.sessionToken });
      expect([asked.status, asked.body.code]).toEqual([400, 119]);
    }
  });
});

it('is read and changed by the device itself, by every door', async () => {
  const own = await register();
  const path = `/classes/_Installation/${own.objectId}`;
  expect((await parseRest('GET', path, asDevice(own.id.toUpperCase()))).body).toMatchObject({ deviceToken: own.token });
  expect((await parseRest('GET', `${path}?keys=deviceType`, asDevice(own.id))).body.deviceType).toBe('ios');
  expect((await parseRest('PUT', path, { ...asDevice(own.id), body: { channels: ['news'] } })).status).toBe(200);
  const added = { channels: { __op: 'AddUnique', objects: ['sport'] } };
  expect(await inBatch('PUT', `/installations/${own.objectId}`, asDevice(own.id), added)).toBeUndefined();
  const change = `mutation { updateInstallation(input: {id: "${own.objectId}", fields: {badge: 3}}) { clientMutationId } }`;
  expect(await graphql(change, asDevice(own.id))).toBeUndefined();
  expect((await stored(own.objectId)).body).toMatchObject({ channels: ['news', 'sport'], badge: 3 });
});

it('is its person’s as well where the ACL names him, and registers again with its id', async () => {
  const ACL = { [person.id]: { read: true, write: true } };
  const own = await register({ ACL }, { sessionToken: person.sessionToken });
  const path = `/installations/${own.objectId}`;
  expect(await code('PUT', path, { sessionToken: person.sessionToken }, { badge: 1 })).toBeUndefined();
  const open = await register();
  const body = { deviceType: 'ios', installationId: open.id, appVersion: '2' };
  const again = await parseRest('POST', '/installations', { ...asDevice(open.id), body });
  expect([again.status, (await stored(open.objectId)).body.appVersion]).toEqual([200, '2']);
  expect(await code('POST', '/installations', asDevice(randomUUID()), body)).toBe(119);
});

it('takes over the row with the same push token, and no other', async () => {
  const [old, bystander] = [await register(), await register()];
  const renewed = await register({ deviceToken: old.token });
  expect((await stored(old.objectId)).status).toBe(404);
  expect((await stored(renewed.objectId)).body).toMatchObject({ deviceToken: old.token });
  expect((await stored(bystander.objectId)).status).toBe(200);
});

it('is listed and removed by the master key', async () => {
  const own = await register();
  const where = encodeURIComponent(JSON.stringify({ installationId: own.id }));
  const found = await parseRest('GET', `/installations?where=${where}`, { masterKey: true });
  expect(found.body.results).toHaveLength(1);
  expect((await parseRest('DELETE', `/installations/${own.objectId}`, { masterKey: true })).status).toBe(200);
});

/** Operators match, and would remove, other rows. */
const NO_TEXT = [
  { $ne: 'x' },
  { $regex: '.' },
  { __op: 'Delete' },
  { __op: 'Increment', amount: 1 },
  5,
  true,
  ['x'],
  {},
];
const NO_CHANNELS = [
  'x',
  5,
  {},
  [5],
  [{ $ne: 'x' }],
  { __op: 'AddUnique', objects: [{ $ne: 1 }] },
  { __op: 'Increment', amount: 1 },
];
const WRONG: [string, unknown[]][] = [
  ...['installationId', 'deviceToken', 'deviceType', 'appIdentifier'].map((name): [string, unknown[]] => [
    name,
    NO_TEXT,
  ]),
  ['timeZone', NO_TEXT.filter((value) => (value as { __op?: string }).__op !== 'Delete')],
  ['channels', NO_CHANNELS],
  ['badge', ['x', {}, [1], { __op: 'Add', objects: [1] }]],
];

describe.each(WRONG)('%s', (name, values) => {
  it('takes nothing else than its type, from nobody and by no door', async () => {
    const bystander = await register();
    for (const value of values) {
      const body = { deviceType: 'ios', installationId: randomUUID(), [name]: value };
      for (const options of [{}, { sessionToken: person.sessionToken }, { masterKey: true }]) {
        const made = await parseRest('POST', '/installations', { ...options, body });
        expect([value, made.status, made.body.code]).toEqual([value, 400, 111]);
        expect([value, await code('POST', '/classes/_Installation', options, body)]).toEqual([value, 111]);
        expect([value, await inBatch('POST', '/classes/_Installation', options, body)]).toEqual([value, 111]);
      }
      const own = { ...asDevice(bystander.id) };
      expect([value, await code('PUT', `/installations/${bystander.objectId}`, own, { [name]: value })]).toEqual([
        value,
        111,
      ]);
    }
    expect((await stored(bystander.objectId)).body).toMatchObject({ deviceToken: bystander.token });
  });
});
