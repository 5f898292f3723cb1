import { readFileSync } from 'node:fs';
import { uniqueName } from '../factories/ids';
import { createPerson, type Person } from '../factories/people';
import { LANE, parseRest, testServer, waitFor } from '../harness/app';
import { as, changeSchema, CLOSED, FOR_USERS, makeClass, newClassName, schemaOf } from './support/own-classes';
import { byBatch, byGraphql, byRest } from './support/schema-doors';

const master = { masterKey: true } as const;
let user: Person;

beforeAll(async () => {
  user = await createPerson();
});

describe('a class made without permissions', () => {
  it.each([
    ['REST', (className: string) => byRest({ verb: 'create', className })],
    ['REST with an empty object', (className: string) => byRest({ verb: 'create', className, permissions: {} })],
    ['batch', (className: string) => byBatch({ verb: 'create', className })],
    ['GraphQL', (className: string) => byGraphql({ verb: 'create', className, fields: { text: {} } })],
    ['its first row by the master key', (className: string) => byRest({ verb: 'save', className, fields: { a: 1 } })],
    [
      'Parse Dashboard',
      // Exactly what its dialog sends.
      (className: string) =>
        parseRest('POST', `/schemas/${className}`, { ...master, body: { className } }).then(() => ({ ok: true })),
    ],
  ])('is closed, and says so: %s', async (_door, make) => {
    const className = newClassName();
    expect(await make(className)).toMatchObject({ ok: true });
    expect((await schemaOf(className)).classLevelPermissions).toEqual(CLOSED);
    const { body: row } = await parseRest('POST', `/classes/${className}`, { ...master, body: {} });
    for (const credentials of [{}, as(user)]) {
      expect((await parseRest('POST', `/classes/${className}`, { ...credentials, body: {} })).body.code).toBe(119);
      expect((await parseRest('GET', `/classes/${className}`, credentials)).body.code).toBe(119);
      expect((await parseRest('GET', `/classes/${className}/${row.objectId}`, credentials)).body.code).toBe(119);
      expect(
        (await parseRest('PUT', `/classes/${className}/${row.objectId}`, { ...credentials, body: {} })).body.code,
      ).toBe(119);
      expect((await parseRest('DELETE', `/classes/${className}/${row.objectId}`, credentials)).body.code).toBe(119);
      expect((await parseRest('GET', `/classes/${className}?count=1&limit=0`, credentials)).body.code).toBe(119);
    }
    const told = `Class ${className} was made without permissions`;
    await waitFor(() => readFileSync(testServer().logFile, 'utf8').includes(told));
  });

  it('keeps closed what its permissions do not name', async () => {
    const className = await makeClass({ classLevelPermissions: { find: { '*': true } } });
    expect((await schemaOf(className)).classLevelPermissions).toEqual({ ...CLOSED, find: { '*': true } });
    expect((await parseRest('GET', `/classes/${className}`)).status).toBe(200);
    expect((await parseRest('POST', `/classes/${className}`, { body: {} })).body.code).toBe(119);
    await changeSchema(className, { classLevelPermissions: { create: { '*': true } } });
    expect((await schemaOf(className)).classLevelPermissions).toEqual({ ...CLOSED, create: { '*': true } });
    expect((await parseRest('GET', `/classes/${className}`)).body.code).toBe(119);
  });

  it.each([null, {}])('is closed again by classLevelPermissions %j', async (classLevelPermissions) => {
    const className = await makeClass({ classLevelPermissions: FOR_USERS });
    expect((await parseRest('GET', `/classes/${className}`, as(user))).status).toBe(200);
    expect((await changeSchema(className, { classLevelPermissions })).body.classLevelPermissions).toEqual(CLOSED);
    expect((await parseRest('GET', `/classes/${className}`, as(user))).body.code).toBe(119);
  });

  it.each(['x', 5, [], { find: null }, { nonsense: {} }, { find: { '*': 1 } }])(
    'refuses permissions that are none: %j',
    async (classLevelPermissions) => {
      const className = newClassName();
      const body = { className, classLevelPermissions };
      expect((await parseRest('POST', `/schemas/${className}`, { ...master, body })).body.code).toBe(107);
      expect((await parseRest('GET', `/schemas/${className}`, master)).body.code).toBe(103);
      const open = await makeClass({ classLevelPermissions: FOR_USERS });
      expect((await changeSchema(open, { classLevelPermissions })).body.code).toBe(107);
    },
  );
});

describe('a client', () => {
  it('makes no class, by any door', async () => {
    const className = newClassName();
    for (const credentials of [{}, as(user)]) {
      expect((await parseRest('POST', `/classes/${className}`, { ...credentials, body: { a: 1 } })).body.code).toBe(
        119,
      );
      expect((await parseRest('POST', `/schemas/${className}`, { ...credentials, body: { className } })).status).toBe(
        403,
      );
      const query = `mutation { createClass(input: { name: "${className}" }) { class { name } } }`;
      const { body } = await parseRest('POST', '/../graphql', { ...credentials, body: { query } });
      expect(body.errors).toHaveLength(1);
    }
    expect((await parseRest('GET', `/schemas/${className}`, master)).body.code).toBe(103);
  });

  it('adds no column, whatever addField says', async () => {
    const className = await makeClass({ classLevelPermissions: { ...FOR_USERS, addField: { '*': true } } });
    expect((await schemaOf(className)).classLevelPermissions.addField).toEqual({});
    const made = await parseRest('POST', `/classes/${className}`, { ...as(user), body: { theirs: 1 } });
    expect([made.body.code, made.body.error]).toEqual([119, expect.stringContaining('"theirs"')]);
    const { body: row } = await parseRest('POST', `/classes/${className}`, { ...as(user), body: {} });
    const changed = await parseRest('PUT', `/classes/${className}/${row.objectId}`, {
      ...as(user),
      body: { 'theirs.a': 1 },
    });
    expect(changed.body.code).toBe(119);
    expect(Object.keys((await schemaOf(className)).fields)).not.toContain('theirs');
  });
});

describe('columns and indexes', () => {
  const FIELDS = {
    text: { type: 'String' },
    flag: { type: 'Boolean' },
    amount: { type: 'Number', required: true, defaultValue: 5 },
    at: { type: 'Date' },
    data: { type: 'Object' },
    list: { type: 'Array' },
    bytes: { type: 'Bytes' },
    place: { type: 'GeoPoint' },
    area: { type: 'Polygon' },
    picture: { type: 'File' },
    owner: { type: 'Pointer', targetClass: '_User' },
    friends: { type: 'Relation', targetClass: '_User' },
  };
  const point = (latitude: number, longitude: number): object => ({ __type: 'GeoPoint', latitude, longitude });

  it('are of every type', async () => {
    const className = await makeClass({ fields: FIELDS });
    expect((await schemaOf(className)).fields).toMatchObject(FIELDS);
    const row = {
      text: 'ü',
      flag: true,
      at: { __type: 'Date', iso: '2026-01-02T03:04:05.678Z' },
      data: { a: { b: [1] } },
      list: [1, 'x', null],
      bytes: { __type: 'Bytes', base64: 'aGk=' },
      place: point(48, 11),
      area: {
        __type: 'Polygon',
        coordinates: [
          [0, 0],
          [0, 2],
          [2, 2],
          [0, 0],
        ],
      },
      owner: { __type: 'Pointer', className: '_User', objectId: user.id },
    };
    const made = await parseRest('POST', `/classes/${className}`, {
      ...master,
      body: { ...row, friends: { __op: 'AddRelation', objects: [row.owner] } },
    });
    expect(made.status).toBe(201);
    const read = await parseRest('GET', `/classes/${className}/${made.body.objectId}`, master);
    expect(read.body).toMatchObject({ ...row, amount: 5 });
    const within = { place: { $within: { $box: [point(40, 10), point(50, 12)] } } };
    const inside = { area: { $geoIntersects: { $point: point(0.5, 1) } } };
    const related = {
      $relatedTo: { object: { ...row.owner, className, objectId: made.body.objectId }, key: 'friends' },
    };
    const queries = [
      // The in-memory stand-in for MongoDB knows no geometry.
      ...(LANE === 'mongo' ? [] : [within, inside].map((where) => [`/classes/${className}`, where] as const)),
      ['/users', related] as const,
    ];
    for (const [route, where] of queries) {
      const found = await parseRest('GET', `${route}?where=${encodeURIComponent(JSON.stringify(where))}`, master);
      expect(found.body.results).toHaveLength(1);
    }
  });

  it('are dropped with their values', async () => {
    const className = await makeClass({ fields: FIELDS });
    const { body: row } = await parseRest('POST', `/classes/${className}`, { ...master, body: { text: 'x' } });
    const drop = { text: { __op: 'Delete' }, friends: { __op: 'Delete' }, place: { __op: 'Delete' } };
    expect((await changeSchema(className, { fields: drop })).status).toBe(200);
    const read = await parseRest('GET', `/classes/${className}/${row.objectId}`, master);
    expect(read.body.text).toBeUndefined();
    expect((await changeSchema(className, { fields: { text: { __op: 'Delete' } } })).body.code).toBe(255);
    expect((await changeSchema(className, { fields: { text: { type: 'Number' } } })).status).toBe(200);
  });

  it('refuse what no relation is changed by, and values of other types', async () => {
    const className = await makeClass({ fields: FIELDS });
    const { body: row } = await parseRest('POST', `/classes/${className}`, { ...master, body: {} });
    // In a new row there is nothing to take away; MongoDB takes nothing away from an old one, either.
    const nothing: object[] = [{ friends: { __op: 'Delete' } }, { friends: null }];
    const values = [
      ...nothing,
      { friends: { __op: 'AddRelation', objects: [] } },
      { friends: { __op: 'RemoveRelation' } },
      { text: { __op: 'AddRelation', objects: [] } },
      { text: { __op: 'Increment', amount: 1 } },
      { list: { a: 1 } },
      { place: { __type: 'Polygon', coordinates: [] } },
      { owner: { __type: 'Pointer', className: 'Tenant', objectId: 'x' } },
    ];
    for (const body of values) {
      const made = await parseRest('POST', `/classes/${className}`, { ...master, body });
      const changed = await parseRest('PUT', `/classes/${className}/${row.objectId}`, { ...master, body });
      const wanted = nothing.includes(body) ? [201, LANE === 'mongo' ? 200 : 400] : [400, 400];
      expect([body, made.status, changed.status]).toEqual([body, ...wanted]);
    }
  });

  it('require what they say', async () => {
    const className = await makeClass({ fields: { name: { type: 'String', required: true } } });
    expect((await parseRest('POST', `/classes/${className}`, { ...master, body: {} })).body.code).toBe(142);
    expect((await parseRest('POST', `/classes/${className}`, { ...master, body: { name: 5 } })).body.code).toBe(111);
  });

  it('have indexes that come and go', async () => {
    const className = await makeClass({ fields: { text: { type: 'String' } } });
    const index = uniqueName('i');
    expect((await changeSchema(className, { indexes: { [index]: { text: 1 } } })).body.indexes).toMatchObject({
      [index]: { text: 1 },
    });
    expect((await changeSchema(className, { indexes: { [index]: { text: 1 } } })).body.code).toBe(102);
    expect(
      (await changeSchema(className, { indexes: { [index]: { __op: 'Delete' } } })).body.indexes?.[index],
    ).toBeUndefined();
    expect((await changeSchema(className, { indexes: { [index]: { nothing: 1 } } })).body.code).toBe(102);
  });

  it('of another class are out of reach by an index of the same name', async () => {
    const fields = { text: { type: 'String' } };
    const index = uniqueName('i');
    const theirs = await makeClass({ fields, indexes: { [index]: { text: 1 } } });
    const className = await makeClass({ fields });
    const added = await changeSchema(className, { indexes: { [index]: { text: 1 } } });
    // MongoDB has a list of names for each class.
    const isShared = testServer().env['MONGODB_URL'] === undefined;
    expect(added.body.code).toBe(isShared ? 102 : undefined);
    await changeSchema(className, { indexes: { [index]: { __op: 'Delete' } } });
    expect((await changeSchema(theirs, { indexes: { [index]: { __op: 'Delete' } } })).status).toBe(200);
  });

  it.each([[5], ['x'], [[]], [{ a: null }], [{ a: 'String' }], [null]])(
    'refuses what are no definitions: %j',
    async (value) => {
      const className = newClassName();
      const answers = [{ fields: value }, { indexes: value }].map(async (part) => {
        const made = await parseRest('POST', `/schemas/${className}`, { ...master, body: { className, ...part } });
        return made.body.code;
      });
      expect(await Promise.all(answers)).toEqual([107, 107]);
    },
  );
});

describe('names', () => {
  it.each([
    ['purchase', 'Purchase belongs to AppBackend'],
    ['PURCHASE', 'Purchase belongs to AppBackend'],
    ['selftest', 'SelfTest belongs to AppBackend'],
    ['app_meta', 'app_'],
    ['App_import', 'app_'],
    ['pg_class', 'pg_'],
    ['constructor', 'every object'],
    ['toString', 'every object'],
    ['valueOf', 'every object'],
    ['__proto__', 'every object'],
    ['x'.repeat(64), '63 characters'],
    ['x'.repeat(130), '63 characters'],
    ['1st', 'Invalid classname'],
    ['a-b', 'Invalid classname'],
    ['ünïcode', 'Invalid classname'],
  ])('%s is refused for a class: %s', async (className, why) => {
    for (const door of [byRest, byBatch]) {
      const outcome = await door({ verb: 'create', className: encodeURIComponent(className) });
      expect([outcome.ok, outcome.code]).toEqual([false, 103]);
    }
    const said = await parseRest('POST', '/schemas', { ...master, body: { className } });
    expect([said.body.code, said.body.error]).toEqual([103, expect.stringContaining(why)]);
    const saved = await parseRest('POST', `/classes/${encodeURIComponent(className)}`, { ...master, body: {} });
    // Of names that it refuses itself Parse says 107 here.
    expect(saved.body.code).toBe(why === 'Invalid classname' ? 107 : 103);
  });

  it.each(['_Join:users:_Role', '_Join:a:B', '_Own', '_SCHEMA'])('%s is refused for a class', async (className) => {
    expect((await parseRest('POST', '/schemas', { ...master, body: { className } })).body.code).toBe(119);
    expect((await parseRest('POST', `/classes/${className}`, { ...master, body: {} })).body.code).toBe(119);
  });

  it.each(['hasOwnProperty', 'toString', 'valueOf', 'ctid', 'xmin', '_x', 'length', 'className', 'x'.repeat(64)])(
    '%s is refused for a column',
    async (name) => {
      const className = newClassName();
      const fields = { [name]: { type: 'String' } };
      expect(
        (await parseRest('POST', `/schemas/${className}`, { ...master, body: { className, fields } })).body.code,
      ).toBe(105);
      const existing = await makeClass({});
      expect((await changeSchema(existing, { fields })).body.code).toBe(105);
    },
  );

  it('that only together are too long for a relation’s table are refused', async () => {
    const className = await makeClass({});
    const friends = { ['f'.repeat(57 - className.length)]: { type: 'Relation', targetClass: '_User' } };
    expect((await changeSchema(className, { fields: friends })).body.code).toBe(105);
  });

  it('of GraphQL’s own types harm nobody else', async () => {
    for (const className of ['User', 'Query', 'File', 'Object']) await byRest({ verb: 'create', className });
    const className = await makeClass({});
    const one = className.charAt(0).toLowerCase() + className.slice(1);
    const query = `{ health users { count } ${one}s { count } }`;
    const { body } = await parseRest('POST', '/../graphql', { ...master, body: { query } });
    expect(body.data).toMatchObject({ health: true, [`${one}s`]: { count: 0 } });
  });
});

describe('the end of a class', () => {
  it('waits until it has no rows; a purge takes them', async () => {
    const className = await makeClass({ fields: { friends: { type: 'Relation', targetClass: '_User' } } });
    await parseRest('POST', `/classes/${className}`, { ...master, body: {} });
    expect((await parseRest('DELETE', `/schemas/${className}`, master)).body.code).toBe(255);
    expect((await parseRest('DELETE', `/purge/${className}`, as(user))).status).toBe(403);
    expect((await parseRest('DELETE', `/purge/${className}`, master)).status).toBe(200);
    expect((await parseRest('GET', `/classes/${className}`, master)).body.results).toEqual([]);
    expect((await parseRest('DELETE', `/schemas/${className}`, master)).status).toBe(200);
    expect((await parseRest('GET', `/schemas/${className}`, master)).body.code).toBe(103);
    expect((await parseRest('GET', `/classes/${className}`, as(user))).body.code).toBe(119);
    // A new class of that name has nothing of the old one.
    expect((await byRest({ verb: 'create', className })).result.fields.friends).toBeUndefined();
  });

  it('of what is no class is no end of a table', async () => {
    for (const path of ['/schemas/app_meta', '/purge/app_meta'])
      expect((await parseRest('DELETE', path, master)).body.code).toBe(103);
    expect((await parseRest('GET', '/../health/ready')).status).toBe(200);
  });
});

describe('twenty at once', () => {
  const twenty = <T>(work: (index: number) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: 20 }, (_, index) => work(index)));

  // The moment in which two meet is short: many classes.
  it('make a class once', async () => {
    for (const className of Array.from({ length: 25 }, newClassName)) {
      const outcomes = await twenty(() => byRest({ verb: 'create', className, fields: { a: { type: 'String' } } }));
      const codes = outcomes.map(({ ok, code }) => (ok ? 'made' : code)).sort();
      expect(codes).toEqual([...Array(19).fill(103), 'made']);
    }
  });

  it('first rows by the master key are all stored, with all their columns, and the class is closed', async () => {
    const className = newClassName();
    const outcomes = await twenty((index) =>
      byRest({ verb: 'save', className, fields: { [`f${index}`]: 1, same: 2 } }),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(20);
    const { fields, classLevelPermissions } = await schemaOf(className);
    expect(Object.keys(fields)).toHaveLength(4 + 21);
    expect(classLevelPermissions).toEqual(CLOSED);
    expect((await parseRest('GET', `/classes/${className}?limit=100`, master)).body.results).toHaveLength(20);
  });
});
