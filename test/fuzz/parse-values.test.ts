import { registry, type OperationFacts } from '../factories/registry';
import { expectAlive, notBroken, reportSlow, volley, type Shot } from './support/client';
import { PARSE_APP, Shooter, targetsOf } from './support/targets';
import { testServer } from '../harness/app';

/** What Parse decodes into objects on the way in; one it cannot encode again ends plain Parse Server. */
const VALUES: readonly unknown[] = [
  { __type: 'Date', iso: 'x' },
  { __type: 'Date' },
  { __type: 'Date', iso: 5 },
  { __type: 'File' },
  { __type: 'File', name: 5, url: 'x' },
  { __type: 'File', name: 'a', url: 'http://169.254.169.254/' },
  { __type: 'Pointer' },
  { __type: 'Pointer', className: 5, objectId: {} },
  { __type: 'Pointer', className: '_User', objectId: 'none000000' },
  { __type: 'Object', className: '_User', objectId: 'x', password: 'y' },
  { __type: 'Object' },
  { __type: 'Relation', className: 'X' },
  { __type: 'Bytes', base64: 5 },
  { __type: 'GeoPoint', latitude: 1000, longitude: 'x' },
  { __type: 'Polygon', coordinates: [[1]] },
  { __type: 'Nothing' },
  { __type: null },
  { __op: 'Delete' },
  { __op: 'Increment', amount: 'x' },
  { __op: 'AddRelation', objects: [{}] },
  { __op: 'Batch', ops: [{ __op: 'Batch' }] },
  { $regex: '(a+)+$' },
  { $where: 'sleep(1)' },
  [{ __type: 'Date', iso: 'x' }],
];

let shooter: Shooter;

beforeAll(async () => {
  shooter = await Shooter.create();
});
afterAll(reportSlow);

it.each(targetsOf('cloud'))(
  '%s stands whatever typed value comes in each of its fields',
  async (_name, operation: OperationFacts) => {
    const fields = [...Object.keys(operation.input.properties ?? {}), 'no_such_field'];
    const sample = shooter.sample(operation);
    const shots = fields.flatMap((field) =>
      VALUES.map((value) =>
        shooter.cloud(operation, { ...sample, [field]: value }, `${field} = ${JSON.stringify(value)}`),
      ),
    );
    expect(await volley(shots)).toEqual([]);
    await expectAlive();
  },
  120_000,
);

const classes = registry().classes.map((definition) => [definition.className, definition] as const);

it.each(classes)(
  '%s stands whatever typed value is written, with the master key',
  async (className, { fields, tenant }) => {
    const headers = { ...PARSE_APP, 'content-type': 'application/json', 'x-parse-master-key': testServer().masterKey };
    const path = className === '_User' ? '/parse/users' : `/parse/classes/${className}`;
    const shots = [...Object.keys(fields), ...(tenant ? ['tenant'] : []), 'ACL', 'objectId', 'createdAt'].flatMap(
      (field) =>
        VALUES.map((value): Shot => ({
          method: 'POST',
          path,
          headers,
          body: JSON.stringify({ [field]: value }),
          about: `${field} = ${JSON.stringify(value)}`,
        })),
    );
    expect(await volley(shots, notBroken)).toEqual([]);
    await expectAlive();
  },
  120_000,
);

it.each(classes)(
  '%s stands whatever is asked for in a query',
  async (className, { fields }) => {
    const headers = { ...shooter.headers(registry().operations[0]!), ...PARSE_APP };
    const path = className === '_User' ? '/parse/users' : `/parse/classes/${className}`;
    const more = ['ACL', '_rperm', 'objectId', 'a.b', "x' or 1=1 --", '"', '$where', '__proto__'];
    const asked = [...Object.keys(fields).slice(0, 10), ...more];
    const query = (name: string, value: string): Shot => ({
      method: 'GET',
      path: `${path}?${name}=${encodeURIComponent(value)}`,
      headers,
      about: '',
    });
    const shots = [
      ...asked.flatMap((field) => VALUES.map((value) => query('where', JSON.stringify({ [field]: value })))),
      ...asked.flatMap((field) => ['order', 'keys', 'include', 'excludeKeys'].map((name) => query(name, field))),
      ...['x', '-1', '1e9', '[]', '{}'].flatMap((value) =>
        ['limit', 'skip', 'count', 'where', 'hint'].map((name) => query(name, value)),
      ),
    ];
    expect(await volley(shots)).toEqual([]);
    await expectAlive();
  },
  120_000,
);
