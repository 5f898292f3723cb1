import type { ClassDefinition } from '../../core/schema/class-definition';
import { createPerson } from '../factories/people';
import { registry } from '../factories/registry';
import { parseRest, type ParseOptions } from '../harness/app';
import { expectAlive, notBroken, volley, type Hit, type Shot } from './support/client';
import { PARSE_APP } from './support/targets';

/** Parse's own limit for callers without the master key. */
const BATCH = 100;
const INTERNAL = 1;

const POINT = { __type: 'GeoPoint', latitude: 1, longitude: 2 };
const OPERANDS: readonly unknown[] = [
  null,
  true,
  1,
  -1.5,
  1e308,
  '',
  'x',
  '(',
  'a\0b',
  "a' or 1=1 --\\",
  {},
  { a: { b: 1 } },
  [],
  [null],
  ['x', 1, null],
  [[1], {}],
  { __type: 'Date', iso: '2024-01-01T00:00:00.000Z' },
  { __type: 'Pointer', className: '_User', objectId: 'x' },
  { __type: 'Bytes', base64: 'AA==' },
  POINT,
  { $relativeTime: '3 days ago' },
];
const OPERATORS = [
  '$eq',
  '$ne',
  '$lt',
  '$lte',
  '$gt',
  '$gte',
  '$in',
  '$nin',
  '$all',
  '$exists',
  '$select',
  '$dontSelect',
  '$inQuery',
  '$notInQuery',
  '$regex',
  '$options',
  '$text',
  '$nearSphere',
  '$maxDistance',
  '$within',
  '$geoWithin',
  '$geoIntersects',
  '$containedBy',
  '$relatedTo',
  '$not',
  '$elemMatch',
  '$unknown',
];
const GRAPHQL_OPERATORS = [
  'equalTo',
  'lessThan',
  'in',
  'notIn',
  'exists',
  'inQueryKey',
  'notInQueryKey',
  'matchesRegex',
  'options',
  'text',
  'contains',
  'have',
];
const SUBQUERY = { className: '_User', where: { name: { $regex: '(' } } };
/** What an operator means something by, meant for another column or half wrong. */
const SPECIAL: readonly unknown[] = [
  { $regex: '^a', $options: 'i' },
  { $regex: '^a', $options: 5 },
  { $regex: '^a', $options: ['x'] },
  { $regex: 'a**' },
  { $regex: '\\Qa' },
  { $regex: '[[:nothing:]]' },
  { $regex: 'a{70000}' },
  { $all: [{ $regex: '^a' }] },
  { $all: [{ $regex: '^a' }, 'b'] },
  { $all: [{ $regex: 5 }] },
  { $text: { $search: { $term: 'two words' } } },
  { $text: { $search: { $term: 'x', $language: 'nothing' } } },
  { $text: { $search: { $term: '& !' } } },
  { $text: { $search: null } },
  { $nearSphere: POINT, $maxDistance: 'x' },
  { $nearSphere: POINT, $maxDistance: 1 },
  { $within: { $box: [POINT, POINT] } },
  { $within: { $box: [POINT] } },
  { $within: { $box: 5 } },
  { $geoWithin: { $centerSphere: [POINT, 1] } },
  { $geoWithin: { $centerSphere: [[1, 2], -1] } },
  { $geoWithin: { $polygon: [POINT, POINT, POINT] } },
  { $geoWithin: { $polygon: [[1], [2], [3]] } },
  { $geoIntersects: { $point: POINT } },
  { $geoIntersects: { $point: null } },
  { $inQuery: SUBQUERY },
  { $inQuery: { className: 'Nothing', where: {} } },
  { $inQuery: { where: {} } },
  { $notInQuery: SUBQUERY },
  { $select: { query: SUBQUERY, key: 'name' } },
  { $select: { query: { className: '_User', where: {} }, key: 'a.b.c' } },
  { $dontSelect: { query: { className: '_User' }, key: 5 } },
  { $gt: 1, $lt: 'x', $in: [true] },
  { $gt: { $relativeTime: 'nonsense' } },
  { $in: [{ __type: 'Pointer', className: 'Tenant', objectId: 'x' }] },
];

/** Conditions that are not about one field. */
const WHOLE: readonly Record<string, unknown>[] = [
  { $or: [] },
  { $and: [{}] },
  { $nor: [{}] },
  { $or: [{ name: 'x' }, {}] },
  { $or: 'x' },
  { $or: [null] },
  { $or: [5] },
  { $and: [{ $or: [{ $nor: [{ name: { $regex: '(' } }] }] }] },
  { $nor: [{ 'a.b': { $gt: 1 } }, { 'a.b.c': { $in: [1] } }] },
  { $or: [{ objectId: { $inQuery: SUBQUERY } }] },
  { $relatedTo: { object: { __type: 'Pointer', className: '_Role', objectId: 'x' }, key: 'users' } },
  { $relatedTo: { object: { __type: 'Pointer', className: '_Role', objectId: 'x' }, key: 'name' } },
  { $relatedTo: { object: 5, key: 'users' } },
  { $relatedTo: 'x' },
  { $where: 'sleep(1)' },
  { $comment: 'x' },
  { $expr: { $gt: ['$a', 1] } },
  { '': 1 },
  { 'a..b': 1 },
  { '.': 1 },
  { _rperm: 'x' },
  { _auth_data_google: { id: 'x' } },
  { 'authData.google.id': { $regex: '(' } },
];

function conditionsOn(field: string): Record<string, unknown>[] {
  return [
    ...OPERANDS.map((operand) => ({ [field]: operand })),
    ...OPERATORS.flatMap((operator) => OPERANDS.map((operand) => ({ [field]: { [operator]: operand } }))),
    ...SPECIAL.map((condition) => ({ [field]: condition })),
  ];
}

/** One field of each type that a class has, inner fields, and those that Parse adds. */
function fieldsOf({ fields, tenant }: ClassDefinition): string[] {
  const byType = new Map<string, string>();
  for (const [name, { type }] of Object.entries(fields)) if (!byType.has(type)) byType.set(type, name);
  const inner = ['Object', 'Array'].flatMap((type) => (byType.has(type) ? [`${byType.get(type)}.a`] : []));
  return [...byType.values(), ...inner, ...(tenant ? ['tenant'] : []), 'objectId', 'createdAt', 'ACL', 'no_such_field'];
}

/** Few classes between them have a column of every type. */
function classesOfEveryType(): ClassDefinition[] {
  const seen = new Set<string>();
  return registry().classes.filter(({ fields }) => {
    const types = Object.values(fields).map(({ type }) => type);
    const isNew = types.some((type) => !seen.has(type));
    for (const type of types) seen.add(type);
    return isNew;
  });
}

interface BatchItem {
  success?: unknown;
  error?: { code: number; error: string };
}

/** What the server says is its own fault. */
async function faultsOf(
  path: string,
  conditions: readonly Record<string, unknown>[],
  caller: ParseOptions,
  more: object = {},
): Promise<string[]> {
  const faults: string[] = [];
  for (let at = 0; at < conditions.length; at += BATCH) {
    const some = conditions.slice(at, at + BATCH);
    const requests = some.map((where) => ({ method: 'GET', path: `/parse${path}`, body: { where, ...more } }));
    const answer = await parseRest<BatchItem[]>('POST', '/batch', { ...caller, body: { requests } });
    if (answer.status !== 200) faults.push(`batch: ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`);
    else
      answer.body.forEach(({ error }, n) => {
        if (error && error.code === INTERNAL) faults.push(`${JSON.stringify(some[n])}: ${JSON.stringify(error)}`);
      });
  }
  return faults;
}

const pathOf = (className: string): string => (className === '_User' ? '/users' : `/classes/${className}`);
const LONG_MS = 180_000;

describe("whatever is asked of a column is never the server's fault", () => {
  it.each(classesOfEveryType().map((definition) => [definition.className, definition] as const))(
    '%s, with the master key',
    async (className, definition) => {
      const conditions = [...fieldsOf(definition).flatMap(conditionsOn), ...WHOLE];
      expect(await faultsOf(pathOf(className), conditions, { masterKey: true })).toEqual([]);
      await expectAlive();
    },
    LONG_MS,
  );

  it.each([
    ['as a user, whose rows a trigger narrows', {}],
    ['counted', { count: 1, limit: 0 }],
    ['ordered and with what it points to', { order: '-createdAt', include: 'tenant', keys: 'tenant' }],
  ])(
    'Customer, %s',
    async (_name, more) => {
      const { token } = await createPerson();
      const definition = registry().classes.find(({ className }) => className === 'Customer')!;
      const conditions = [...fieldsOf(definition).flatMap(conditionsOn), ...WHOLE];
      expect(await faultsOf('/classes/Customer', conditions, { token }, more)).toEqual([]);
      await expectAlive();
    },
    LONG_MS,
  );

  it('Customer, over GraphQL', async () => {
    const { sessionToken } = await createPerson();
    const headers = { ...PARSE_APP, 'x-parse-session-token': sessionToken, 'content-type': 'application/json' };
    // Parse Server's own translation of null fails, with status 200 and an error in the answer.
    const operands = OPERANDS.filter((operand) => !JSON.stringify(operand).includes('null'));
    const query = 'query ($where: CustomerWhereInput) { customers(where: $where) { count } }';
    const conditions = ['name', 'registered_at', 'tags', 'objectId', 'tenant'].flatMap((field) =>
      GRAPHQL_OPERATORS.flatMap((operator) => operands.map((operand) => ({ [field]: { [operator]: operand } }))),
    );
    const shots = conditions.map((where): Shot => ({
      method: 'POST',
      path: '/graphql',
      headers,
      body: JSON.stringify({ query, variables: { where } }),
      about: JSON.stringify(where),
    }));
    const judge = (hit: Hit): string | undefined =>
      notBroken(hit) ?? (hit.text.includes('"code":1}') ? hit.text : undefined);
    expect(await volley(shots, judge)).toEqual([]);
  });
});

it('tells the client that the query is invalid, alone and in a batch', async () => {
  const { token } = await createPerson();
  const where = { name: { $text: { $search: null } } };
  const alone = await parseRest('GET', `/classes/Customer?where=${encodeURIComponent(JSON.stringify(where))}`, {
    token,
  });
  expect([alone.status, alone.body.code]).toEqual([400, 102]);
  const requests = [{ method: 'GET', path: '/parse/classes/Customer', body: { where } }];
  const batch = await parseRest('POST', '/batch', { token, body: { requests } });
  expect(batch.body).toMatchObject([{ error: { code: 102 } }]);
});
