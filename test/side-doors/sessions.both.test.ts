import { createPerson, type Person } from '../factories/people';
import { parseRest, type ParseOptions } from '../harness/app';

/** What a session is stays the server's: no door and no form of a value changes it. */
let person: Person;
let other: Person;
let sessionId: string;
let before: any;
const self = (): ParseOptions => ({ sessionToken: person.sessionToken });
const stored = async (): Promise<any> => (await parseRest('GET', `/sessions/${sessionId}`, { masterKey: true })).body;

beforeAll(async () => {
  [person, other] = [await createPerson(), await createPerson()];
  sessionId = (await parseRest('GET', '/sessions/me', self())).body.objectId;
  before = await stored();
});

const pointer = (className: string): object => ({ __type: 'Pointer', className, objectId: 'x' });
const VALUES = [
  ...['x', 5, null, ['x'], {}, { $ne: 'x' }, { __op: 'Delete' }, { __op: 'Increment', amount: 1 }],
  ...[{ __op: 'Add', objects: ['x'] }, pointer('Tenant'), pointer('_User')],
  { __type: 'Date', iso: '2030-01-01T00:00:00.000Z' },
];
const REMOVED = { __op: 'Delete' };
/** The code of a refusal: 105 of Parse for what is the server's, 119 for what is no field. */
const FIELDS: [string, number][] = [
  ...['user', 'sessionToken', 'installationId', 'expiresAt', 'createdWith'].map(refusedAs(105)),
  ...['createdWith.action', 'user.x', '_rperm', '_session_token', 'constructor', 'toString', 'ACL'].map(refusedAs(105)),
  ...['tenant', 'restricted', 'theirs', 'a.b'].map(refusedAs(119)),
];
/** A new session takes what could be of such a field, and sets its own instead. */
const PASSED_OVER = new Map<string, unknown[]>([
  ['user', [null, REMOVED, pointer('_User')]],
  ['sessionToken', [null, REMOVED, 'x']],
  ['installationId', ['x']],
  ['expiresAt', [null, REMOVED, { __type: 'Date', iso: '2030-01-01T00:00:00.000Z' }]],
  ['createdWith', [null, REMOVED, {}, { $ne: 'x' }]],
]);

function refusedAs(code: number): (name: string) => [string, number] {
  return (name) => [name, code];
}

const has = (values: readonly unknown[], value: unknown): boolean =>
  values.some((each) => JSON.stringify(each) === JSON.stringify(value));

/** 142 where it could be no ACL at all. */
const codeFor = (name: string, value: unknown, code: number): number =>
  name === 'ACL' && !has([null, {}, REMOVED], value) ? 142 : code;

describe.each(FIELDS)('%s', (name, code) => {
  const update = async (path: string, value: unknown, options: ParseOptions): Promise<unknown[]> => {
    const { status, body } = await parseRest('PUT', path, { ...options, body: { [name]: value } });
    return [name, value, status, body.code];
  };

  it('is not changed by who has the session', async () => {
    for (const value of VALUES) {
      for (const path of ['/sessions', '/classes/_Session'])
        expect(await update(`${path}/${sessionId}`, value, self())).toEqual([
          name,
          value,
          400,
          codeFor(name, value, code),
        ]);
    }
    expect(await stored()).toEqual(before);
  });

  it('is not set by who makes one, and makes no session of another', async () => {
    for (const value of VALUES) {
      for (const path of ['/sessions', '/classes/_Session']) {
        const made = await parseRest('POST', path, { ...self(), body: { [name]: value } });
        const isMade = has(PASSED_OVER.get(name) ?? [], value);
        expect([name, value, made.status]).toEqual([name, value, isMade ? 201 : 400]);
        if (!isMade) continue;
        expect(made.body).toMatchObject({ user: { objectId: person.id }, createdWith: { action: 'create' } });
        expect(Object.keys(made.body)).not.toContain('tenant');
      }
    }
  });

  it('stays for a stranger and somebody else', async () => {
    for (const value of VALUES.slice(0, 7)) {
      const body = { [name]: value };
      for (const options of [{}, { sessionToken: other.sessionToken }]) {
        const { status } = await parseRest('PUT', `/sessions/${sessionId}`, { ...options, body });
        expect(status).toBe(400);
      }
    }
    expect(await stored()).toEqual(before);
  });
});

it('no part of it is changed by the master key either, nor its id', async () => {
  for (const name of [
    'createdWith.action',
    'user.x',
    'sessionToken',
    'installationId',
    '_rperm',
    'objectId',
    'toString',
  ]) {
    for (const value of ['x', { __op: 'Delete' }]) {
      const changed = await parseRest('PUT', `/sessions/${sessionId}`, { masterKey: true, body: { [name]: value } });
      expect([name, changed.status, changed.body.code]).toEqual([name, 400, 105]);
    }
  }
  expect(await stored()).toEqual(before);
});

it('columns that only MongoDB knows by name open no row', async () => {
  const { body: made } = await parseRest('POST', '/classes/Event', { ...self(), body: { event_type: 'x' } });
  for (const name of ['_rperm', '_wperm', '_p_tenant', '_acl']) {
    for (const value of [{ __op: 'Delete' }, ['*'], null]) {
      for (const options of [self(), { masterKey: true }]) {
        const changed = await parseRest('PUT', `/classes/Event/${made.objectId}`, {
          ...options,
          body: { [name]: value },
        });
        expect([name, value, changed.status, changed.body.code]).toEqual([name, value, 400, 105]);
      }
    }
  }
  expect((await parseRest('GET', `/classes/Event/${made.objectId}`, { sessionToken: other.sessionToken })).status).toBe(
    404,
  );
});
