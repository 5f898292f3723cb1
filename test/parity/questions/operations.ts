import { ALL_STYLES, ask, get, inStyles, post, put, type Question } from '../support/question';

const NOTE = '/classes/ParNote';
const studio = (name: string): object => ({ __type: 'Pointer', className: 'ParStudio', objectId: `{${name}}` });
const op = (__op: string, rest: object = {}): object => ({ __op, ...rest });

/** A row is made, changed by the operation and read. */
const change = (name: string, before: object, after: object, more: Partial<Question> = {}): Question =>
  ask(`operation: ${name}`, [post(NOTE, before), put(`${NOTE}/{1}`, after), get(`${NOTE}/{1}`)], more);
const make = (name: string, body: object): Question =>
  ask(`operation: ${name}`, [post(NOTE, body), get(`${NOTE}/{1}`)]);

const everyWay = inStyles(ALL_STYLES, [
  change('Increment in every way', { n: 1 }, { n: op('Increment', { amount: 5 }) }),
  change('Add in every way', { list: ['a'] }, { list: op('Add', { objects: ['b', 'a'] }) }),
  change('Delete in every way', { text: 'x', n: 1 }, { text: op('Delete') }),
]);

const ops = [
  change('Increment by a negative', { n: 1 }, { n: op('Increment', { amount: -5 }) }),
  change('Increment by a fraction', { n: 1 }, { n: op('Increment', { amount: 0.5 }) }),
  change('Increment of what is not set', {}, { n: op('Increment', { amount: 2 }) }),
  change('Increment of a text', { text: 'x' }, { text: op('Increment', { amount: 2 }) }),
  change(
    'Increment without an amount',
    { n: 1 },
    { n: op('Increment') },
    { differs: ['strict-values', '201 400/107 200', 'postgres'] },
  ),
  change('Increment by a text', { n: 1 }, { n: op('Increment', { amount: 'x' }) }),
  make('Increment of a new row', { n: op('Increment', { amount: 3 }) }),
  change('Add to what is not set', {}, { list: op('Add', { objects: [1, 2] }) }),
  change('Add of objects', { list: [{ a: 1 }] }, { list: op('Add', { objects: [{ a: 1 }, { b: 2 }] }) }),
  change('Add of what is no list', { list: [1] }, { list: op('Add', { objects: 1 }) }),
  change('Add to a text column', { text: 'x' }, { text: op('Add', { objects: [1] }) }),
  make('Add of a new row', { list: op('Add', { objects: ['a', 'a'] }) }),
  change('AddUnique', { list: ['a', 'b'] }, { list: op('AddUnique', { objects: ['b', 'c'] }) }),
  change('AddUnique of objects', { list: [{ a: 1 }] }, { list: op('AddUnique', { objects: [{ a: 1 }, { b: 2 }] }) }),
  make('AddUnique of a new row', { list: op('AddUnique', { objects: ['a', 'b'] }) }),
  change('Remove', { list: ['a', 'b', 'a'] }, { list: op('Remove', { objects: ['a'] }) }),
  change('Remove of objects', { list: [{ a: 1 }, { b: 2 }] }, { list: op('Remove', { objects: [{ a: 1 }] }) }),
  make('Remove of a new row', { list: op('Remove', { objects: ['a'] }) }),
  change('Delete of what is not set', { n: 1 }, { text: op('Delete') }),
  make('Delete of a new row', { text: op('Delete'), n: 1 }),
  change('an unknown operation', { n: 1 }, { n: op('Nonsense') }),
  change('an operation named like a method', { n: 1 }, { n: op('constructor') }),
  change('a nested Increment', { o: { a: 1 } }, { 'o.a': op('Increment', { amount: 2 }) }),
  change('a nested Delete', { o: { a: 1, b: 2 } }, { 'o.a': op('Delete') }),
  change('AddRelation', {}, { links: op('AddRelation', { objects: [studio('north')] }) }),
  make('AddRelation of a new row', { links: op('AddRelation', { objects: [studio('north'), studio('south')] }) }),
  change(
    'AddRelation of another class',
    {},
    {
      links: op('AddRelation', { objects: [{ __type: 'Pointer', className: 'ParGame', objectId: '{alpha}' }] }),
    },
  ),
  change('AddRelation of texts', {}, { links: op('AddRelation', { objects: ['x'] }) }),
  change('RemoveRelation of what is not there', {}, { links: op('RemoveRelation', { objects: [studio('north')] }) }),
  change(
    'Batch of both',
    {},
    {
      links: op('Batch', {
        ops: [op('AddRelation', { objects: [studio('north')] }), op('RemoveRelation', { objects: [studio('south')] })],
      }),
    },
  ),
  ask('operation: a relation is read after AddRelation and RemoveRelation', [
    post(NOTE, { links: op('AddRelation', { objects: [studio('north'), studio('south')] }) }),
    put(`${NOTE}/{1}`, { links: op('RemoveRelation', { objects: [studio('north')] }) }),
    get('/classes/ParStudio', {
      where: { $relatedTo: { object: { __type: 'Pointer', className: 'ParNote', objectId: '{1}' }, key: 'links' } },
    }),
  ]),
  ask('operation: SetOnInsert', [post(NOTE, { n: op('SetOnInsert', { amount: 4 }) }), get(`${NOTE}/{1}`)]),
  ask('operation: several at once', [
    post(NOTE, { n: 1, list: ['a'], text: 'x' }),
    put(`${NOTE}/{1}`, {
      n: op('Increment', { amount: 1 }),
      list: op('AddUnique', { objects: ['b'] }),
      text: op('Delete'),
    }),
    get(`${NOTE}/{1}`),
  ]),
];

const value = (name: string, body: object, more: Partial<Question> = {}): Question =>
  ask(`type: ${name}`, [post(NOTE, body), get(`${NOTE}/{1}`)], more);
const incomplete: Partial<Question> = { differs: ['strict-values', '400/111 404/101'] };
const noAcl: Partial<Question> = { differs: ['strict-values', '400/142 404/101'] };

const types = [
  value('Date', { at: { __type: 'Date', iso: '2020-02-29T12:34:56.789Z' } }),
  value('Date without milliseconds', { at: { __type: 'Date', iso: '2020-02-29T12:34:56Z' } }),
  value(
    'Date that is none',
    { at: { __type: 'Date', iso: 'soon' } },
    { differs: ['strict-values', '400/111 404/101', 'mongo'] },
  ),
  value('Date before 1970', { at: { __type: 'Date', iso: '1901-01-01T00:00:00.000Z' } }),
  value('Bytes', { bytes: { __type: 'Bytes', base64: 'SGVsbG8=' } }),
  value('Bytes of nothing', { bytes: { __type: 'Bytes', base64: '' } }),
  value('GeoPoint', { spot: { __type: 'GeoPoint', latitude: 40.5, longitude: -30 } }),
  value('GeoPoint outside', { spot: { __type: 'GeoPoint', latitude: 100, longitude: 0 } }, incomplete),
  value(
    'GeoPoint of texts',
    { spot: { __type: 'GeoPoint', latitude: 'a', longitude: 'b' } },
    { differs: ['strict-values', '400/111 404/101', 'mongo'] },
  ),
  value('Polygon', {
    area: {
      __type: 'Polygon',
      coordinates: [
        [0, 0],
        [0, 1],
        [1, 1],
        [1, 0],
      ],
    },
  }),
  value('Polygon of two points', {
    area: {
      __type: 'Polygon',
      coordinates: [
        [0, 0],
        [0, 1],
      ],
    },
  }),
  value('Pointer', { link: studio('north') }),
  value('Pointer without an id', { link: { __type: 'Pointer', className: 'ParStudio' } }, incomplete),
  value('Pointer without a class', { link: { __type: 'Pointer', objectId: '{north}' } }),
  value(
    'File by url',
    { file: { __type: 'File', name: 'x.txt', url: 'https://example.com/x.txt' } },
    { differs: ['file-addresses', '400/130 404/101'] },
  ),
  value('File without a name', { file: { __type: 'File' } }),
  value('an unknown type', { o: { __type: 'Nonsense' } }),
  value('a type named like a method', { o: { __type: 'constructor' } }),
  value('nested objects', { o: { a: { b: { c: [1, { d: null }] } } } }),
  value('types within an object', {
    o: { at: { __type: 'Date', iso: '2020-01-01T00:00:00.000Z' }, link: studio('north') },
  }),
  value('types within a list', {
    list: [{ __type: 'Date', iso: '2020-01-01T00:00:00.000Z' }, studio('north'), [1, [2]]],
  }),
  value('empty ones', { text: '', list: [], o: {} }),
  value('large and small numbers', { list: [1e21, 1e-9, -0, 9007199254740991] }),
  value('an ACL', {
    ACL: { '*': { read: true }, '{ann}': { read: true, write: true }, 'role:editors': { write: true } },
  }),
  value('an empty ACL', { ACL: {} }),
  value('an ACL that is a text', { ACL: 'everybody' }, noAcl),
  value('an ACL that is a list', { ACL: [] }, noAcl),
  value('an ACL with an unknown permission', { ACL: { '*': { dance: true } } }, noAcl),
  value('an ACL whose permission is a text', { ACL: { '*': { read: 'yes' } } }, noAcl),
];

export const OPERATIONS = [...everyWay, ...ops, ...types];
