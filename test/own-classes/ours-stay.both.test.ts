import path from 'node:path';
import { startExtraServer, type ExtraServer } from '../frame/support/extra-server';
import { registry } from '../factories/registry';
import { uniqueName } from '../factories/ids';
import { parseRest, testServer } from '../harness/app';
import { byBatch, byCloudCode, byGraphql, byRest, type SchemaChange, type SchemaDoor } from './support/schema-doors';

/** Nothing of ours or Parse's is changed or dropped by what opens schemas to an app: every class, door and verb. */
let second: ExtraServer;
let before: unknown;

beforeAll(async () => {
  const { env } = testServer();
  const database: Record<string, string> = env['MONGODB_URL']
    ? { MONGODB_URL: env['MONGODB_URL'] }
    : { DATABASE_URI: env['DATABASE_URI']! };
  second = await startExtraServer({ ...database, HOST_CLOUD_CODE: path.join(__dirname, 'fixtures/host-cloud.cjs') });
  // Parse makes these with their first row; the master key may.
  await parseRest('POST', '/installations', { body: { deviceType: 'ios', installationId: uniqueName('i') } });
  await byRest({ verb: 'create', className: '_Product' });
  before = await ourSchemas();
});
afterAll(() => second.stop());

const product = registry().classes.map(({ className }) => className);
/** Rows of these are in the database; of the others Parse has the schema in memory, and knows no such class here. */
const PARSE_STORED = ['_Role', '_Session', '_Installation', '_Product'];
const PARSE_VOLATILE = ['_Idempotency', '_JobStatus', '_PushStatus', '_JobSchedule', '_Audience'];
/** Not even classes to Parse, but tables. */
const PARSE_HIDDEN = ['_Hooks', '_GlobalConfig', '_GraphQLConfig', '_SCHEMA', '_Join:users:_Role', '_Join:roles:_Role'];
const CLASSES = [...product, ...PARSE_STORED, ...PARSE_VOLATILE, ...PARSE_HIDDEN];

async function ourSchemas(): Promise<unknown> {
  const { body } = await parseRest('GET', '/schemas', { masterKey: true });
  const ours = body.results.filter(({ className }: any) => className.startsWith('_') || product.includes(className));
  return ours.sort((a: any, b: any) => (a.className < b.className ? -1 : 1));
}

const OPEN = { find: { '*': true }, get: { '*': true }, create: { '*': true }, update: { '*': true } };

function tamperings(className: string): SchemaChange[] {
  const definition = registry().classes.find((other) => other.className === className);
  const [field = className === '_Role' ? 'name' : 'objectId'] = Object.keys(definition?.fields ?? {});
  const required = !definition?.fields[field]?.required;
  const takesColumns = ['_User', ...PARSE_STORED].includes(className);
  return [
    { verb: 'create', className, permissions: OPEN },
    { verb: 'update', className, permissions: OPEN },
    { verb: 'update', className, permissions: {} },
    { verb: 'update', className, drop: [field] },
    { verb: 'update', className, fields: { [field]: { type: 'String', required } } },
    { verb: 'update', className, indexes: { [uniqueName('i')]: { [field]: 1 } } },
    ...(takesColumns ? [] : [{ verb: 'update', className, fields: { theirs: { type: 'String' } } } as const]),
    { verb: 'drop', className },
    { verb: 'purge', className },
  ];
}

/** 119 with the class's name; of classes that are in memory only Parse says that they are there, or not there. */
function refusal(door: string, { className, verb, fields }: SchemaChange): { codes: number[]; message: unknown } {
  const isKnown = product.includes(className) || PARSE_STORED.includes(className);
  const isByParse = PARSE_HIDDEN.includes(className) || (!isKnown && ['create', 'update'].includes(verb));
  // GraphQL looks first whether it knows the class and lacks the column.
  const isByGraphql = door === 'GraphQL' && (!isKnown || (fields && verb === 'update'));
  const codes = [119, ...(isByParse ? [103] : []), ...(isByGraphql ? [103, 105] : [])];
  return { codes, message: isByParse || isByGraphql ? expect.any(String) : expect.stringContaining(className) };
}

const DOORS: Record<string, (change: SchemaChange) => ReturnType<SchemaDoor> | ReturnType<typeof byGraphql>> = {
  REST: byRest,
  batch: byBatch,
  GraphQL: byGraphql,
  'cloud code': (change) => byCloudCode(second)(change),
};

describe.each(Object.keys(DOORS))('by %s', (door) => {
  test.each(CLASSES)('%s stays as it is', async (className) => {
    for (const change of tamperings(className)) {
      const outcome = await DOORS[door]!(change);
      // GraphQL cannot say everything.
      if (!outcome) continue;
      const { codes, message } = refusal(door, change);
      expect([change, outcome]).toEqual([change, { ok: false, code: expect.any(Number), message }]);
      expect([change, codes]).toEqual([change, expect.arrayContaining([outcome.code])]);
    }
  });
});

it('leaves every class of ours and of Parse as it was', async () => {
  expect(await ourSchemas()).toEqual(before);
});

describe('a row of the master key with a field that the class lacks', () => {
  it.each(product.filter((name) => !name.startsWith('_')))('adds no column to %s', async (className) => {
    for (const door of [byRest, byCloudCode(second)]) {
      const outcome = await door({ verb: 'save', className, fields: { theirs: 'x' } });
      expect([outcome.ok, outcome.code]).toEqual([false, 142]);
    }
  });

  it.each(['_Session', '_Product', ...PARSE_VOLATILE])('adds no column to %s', async (className) => {
    const outcome = await byRest({ verb: 'save', className, fields: { theirs: 'x' } });
    expect([outcome.ok, outcome.code]).toEqual([false, 119]);
  });
});

describe('a column of ours or of Parse', () => {
  it.each([
    ['_User', 'status'],
    ['_User', 'tenant'],
    ['_User', 'email'],
    ['_User', 'password'],
    ['_User', 'authData'],
    ['_Role', 'users'],
    ['_Session', 'user'],
    ['_Installation', 'deviceToken'],
    ['Purchase', 'tenant'],
    ['Tenant', 'objectId'],
  ])('%s.%s cannot be dropped by any door', async (className, field) => {
    for (const door of Object.values(DOORS)) {
      const outcome = await door({ verb: 'update', className, drop: [field] });
      expect([outcome!.ok, outcome!.code]).toEqual([false, 119]);
    }
  });
});

it('takes no webhook in the place of what guards a class, nor of a function', async () => {
  const url = 'https://example.com/hook';
  const master = { masterKey: true } as const;
  const trigger = { className: 'Purchase', triggerName: 'beforeSave', url };
  expect((await parseRest('POST', '/hooks/triggers', { ...master, body: trigger })).body.code).toBe(143);
  expect(
    (await parseRest('POST', '/hooks/functions', { ...master, body: { functionName: 'getHealth', url } })).body.code,
  ).toBe(143);
  // Parse would remove the trigger that is there, whoever put it.
  await parseRest('PUT', '/hooks/triggers/Purchase/beforeSave', { ...master, body: { __op: 'Delete' } });
  await parseRest('PUT', '/hooks/functions/getHealth', { ...master, body: { __op: 'Delete' } });
  expect((await byRest({ verb: 'save', className: 'Purchase', fields: { theirs: 1 } })).code).toBe(142);
  expect((await parseRest('POST', '/functions/getHealth', { body: {} })).status).toBe(200);
});

it('lets an aggregation write nothing', async () => {
  for (const stage of [{ $out: 'Cost' }, { $merge: { into: 'Cost' } }]) {
    const pipeline = encodeURIComponent(JSON.stringify([stage]));
    const answer = await parseRest('GET', `/aggregate/Purchase?pipeline=${pipeline}`, { masterKey: true });
    expect(answer.body.code).toBe(119);
  }
});

describe('columns by clients', () => {
  const refused = async (route: string, body: object, sessionToken?: string): Promise<unknown> =>
    (await parseRest('POST', route, { body, ...(sessionToken ? { sessionToken } : {}) })).body.code;

  it('come into no class of Parse', async () => {
    const installationId = uniqueName('i');
    const device = { deviceType: 'ios', installationId };
    expect(await refused('/installations', { ...device, theirs: 1 })).toBe(119);
    expect(await refused('/classes/_Installation', { ...device, theirs: 1 })).toBe(119);
    expect(await refused('/classes/_Product', { productIdentifier: 'x', theirs: 1 })).toBe(119);
    expect((await parseRest('POST', '/installations', { body: device })).status).toBe(201);
    expect(await refused('/sessions', { theirs: 1 })).toBe(209);
  });
});
