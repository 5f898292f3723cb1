import { as, ask, del, get, post, put, type Question } from '../support/question';

const SCHEMA = '/schemas';
const OPEN = {
  find: { '*': true },
  get: { '*': true },
  count: { '*': true },
  create: { '*': true },
  update: { '*': true },
  delete: { '*': true },
  addField: { '*': true },
};
const made = (className: string, fields: object, more: object = {}): ReturnType<typeof post> =>
  post(`${SCHEMA}/${className}`, { className, fields, classLevelPermissions: OPEN, ...more });
const schema = (name: string, ...steps: Parameters<typeof as>[1][]): Question =>
  ask(`schema: ${name}`, as('master', ...steps));
const differing = (differs: NonNullable<Question['differs']>, question: Question): Question => ({
  ...question,
  differs,
});

export const SCHEMAS: Question[] = [
  ask('schema: all are read by a client', get(SCHEMA)),
  ask('schema: one is read by a client', get(`${SCHEMA}/ParStudio`)),
  ask('schema: one is made by a client', post(`${SCHEMA}/ParByClient`, { className: 'ParByClient' })),
  ask(
    'schema: one is changed by a user',
    put(`${SCHEMA}/ParStudio`, { fields: { x: { type: 'String' } } }, { as: 'ann' }),
  ),
  ask('schema: one is dropped by a user', del(`${SCHEMA}/ParStudio`, { as: 'ann' })),
  schema('one is read', get(`${SCHEMA}/ParStudio`)),
  schema('one that is not there is read', get(`${SCHEMA}/ParNoSuchClass`)),
  schema(
    'one is made with every type',
    made('ParEvery', {
      a: { type: 'String' },
      b: { type: 'Number' },
      c: { type: 'Boolean' },
      d: { type: 'Date' },
      e: { type: 'Object' },
      f: { type: 'Array' },
      g: { type: 'GeoPoint' },
      h: { type: 'File' },
      i: { type: 'Bytes' },
      j: { type: 'Polygon' },
      k: { type: 'Pointer', targetClass: '_User' },
      l: { type: 'Relation', targetClass: 'ParStudio' },
    }),
    get(`${SCHEMA}/ParEvery`),
  ),
  schema(
    'one is made, used and dropped',
    made('ParShort', { a: { type: 'String' } }),
    post('/classes/ParShort', { a: 'x' }),
    del(`${SCHEMA}/ParShort`),
    del('/classes/ParShort/{2}'),
    del(`${SCHEMA}/ParShort`),
    get(`${SCHEMA}/ParShort`),
  ),
  schema('one is made twice', made('ParTwice', {}), made('ParTwice', {})),
  schema('a name in the body that differs', post(`${SCHEMA}/ParNameA`, { className: 'ParNameB' })),
  schema('no name', post(SCHEMA, {})),
  schema('a bad name', post(SCHEMA, { className: 'bad-name', fields: {} })),
  schema('a name that begins with a digit', post(SCHEMA, { className: '1Class', fields: {} })),
  schema('an unknown type', made('ParBadType', { a: { type: 'Nonsense' } })),
  schema('a pointer without a target', made('ParNoTarget', { a: { type: 'Pointer' } })),
  schema('a pointer to a bad name', made('ParBadTarget', { a: { type: 'Pointer', targetClass: 'bad-name' } })),
  schema('a bad field name', made('ParBadField', { 'bad-name': { type: 'String' } })),
  schema('a field named objectId', made('ParObjectId', { objectId: { type: 'String' } })),
  schema(
    'a required field and a default',
    made('ParDefaults', { a: { type: 'String', required: true }, b: { type: 'Number', defaultValue: 5 } }),
    post('/classes/ParDefaults', {}),
    post('/classes/ParDefaults', { a: 'x' }),
    get('/classes/ParDefaults/{3}'),
  ),
  schema('a default of the wrong type', made('ParBadDefault', { b: { type: 'Number', defaultValue: 'five' } })),
  schema(
    'a field is added',
    made('ParGrows', {}),
    put(`${SCHEMA}/ParGrows`, { className: 'ParGrows', fields: { later: { type: 'Number' } } }),
    get(`${SCHEMA}/ParGrows`),
  ),
  schema(
    'a field is added twice',
    made('ParGrows2', { a: { type: 'String' } }),
    put(`${SCHEMA}/ParGrows2`, { className: 'ParGrows2', fields: { a: { type: 'Number' } } }),
  ),
  schema(
    'a field is deleted',
    made('ParShrinks', { a: { type: 'String' }, b: { type: 'String' } }),
    put(`${SCHEMA}/ParShrinks`, { className: 'ParShrinks', fields: { a: { __op: 'Delete' } } }),
    get(`${SCHEMA}/ParShrinks`),
  ),
  schema(
    'a field that is not there is deleted',
    made('ParShrinks2', {}),
    put(`${SCHEMA}/ParShrinks2`, { className: 'ParShrinks2', fields: { a: { __op: 'Delete' } } }),
  ),
  schema(
    'one that is not there is changed',
    put(`${SCHEMA}/ParNoSuchClass`, { className: 'ParNoSuchClass', fields: {} }),
  ),
  schema(
    'permissions change',
    made('ParCloses', {}),
    put(`${SCHEMA}/ParCloses`, {
      className: 'ParCloses',
      classLevelPermissions: { find: {}, get: {}, create: { requiresAuthentication: true } },
    }),
    get(`${SCHEMA}/ParCloses`),
    get('/classes/ParCloses', undefined, { as: 'ann' }),
  ),
  schema(
    'bad permissions',
    post(`${SCHEMA}/ParBadClp`, { className: 'ParBadClp', classLevelPermissions: { dance: { '*': true } } }),
  ),
  schema(
    'a permission that is false',
    post(`${SCHEMA}/ParBadClp2`, { className: 'ParBadClp2', classLevelPermissions: { find: { '*': false } } }),
  ),
  schema(
    'permissions with a pointer',
    post(`${SCHEMA}/ParPointerClp`, {
      className: 'ParPointerClp',
      fields: { owner: { type: 'Pointer', targetClass: '_User' } },
      classLevelPermissions: { ...OPEN, find: { pointerFields: ['owner'] } },
    }),
  ),
  schema(
    'an index is made',
    made('ParIndexed', { a: { type: 'String' } }, { indexes: { byA: { a: 1 } } }),
    get(`${SCHEMA}/ParIndexed`),
  ),
  schema('an index of an unknown column', made('ParBadIndex', {}, { indexes: { byNothing: { nothing: 1 } } })),
  schema('one with rows is not dropped', made('ParFull', {}), post('/classes/ParFull', {}), del(`${SCHEMA}/ParFull`)),
  schema(
    'a purge',
    made('ParPurged', {}),
    post('/classes/ParPurged', {}),
    del('/purge/ParPurged'),
    get('/classes/ParPurged', { count: 1 }),
  ),
  schema('one that is not there is dropped', del(`${SCHEMA}/ParNoSuchClass`)),
  differing(['system-classes', '400/119'], schema('_User is dropped', del(`${SCHEMA}/_User`))),
  differing(
    ['system-classes', '400/119'],
    schema('_Nothing is made', post(`${SCHEMA}/_Nothing`, { className: '_Nothing', fields: {} })),
  ),
  differing(
    ['closed-classes', '200 400/119'],
    schema(
      'a class made without permissions',
      post(`${SCHEMA}/ParBare`, { className: 'ParBare', fields: { a: { type: 'String' } } }),
      get('/classes/ParBare', undefined, { as: 'ann' }),
    ),
  ),
  differing(
    ['closed-classes', '201 400/119'],
    schema(
      'a class made by a save of the master key',
      post('/classes/ParBySave', { a: 1 }),
      get('/classes/ParBySave', undefined, { as: 'ann' }),
    ),
  ),
  schema(
    'a column comes by a save of the master key',
    made('ParColumn', {}),
    post('/classes/ParColumn', { fresh: 1 }),
    get(`${SCHEMA}/ParColumn`),
  ),
  differing(
    ['account-permissions', '200'],
    schema(
      '_User gets a column',
      put(`${SCHEMA}/_User`, { className: '_User', fields: { parColumn: { type: 'String' } } }),
    ),
  ),
];
