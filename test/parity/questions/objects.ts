import { ALL_STYLES, as, ask, del, get, inStyles, post, put } from '../support/question';

const NOTE = '/classes/ParNote';

const everyStyle = inStyles(ALL_STYLES, [
  ask('a row is made', post(NOTE, { text: 'made', n: 1 })),
  ask('a row is made and read', [post(NOTE, { text: 'read', n: 1, flag: true }), get(`${NOTE}/{1}`)]),
  ask('a row is changed', [post(NOTE, { text: 'old' }), put(`${NOTE}/{1}`, { text: 'new' }), get(`${NOTE}/{1}`)]),
  ask('a row is deleted', [post(NOTE, { text: 'gone' }), del(`${NOTE}/{1}`), get(`${NOTE}/{1}`)]),
  ask('a row that is not there is read', get(`${NOTE}/xxxxxxxxxx`)),
  ask('a row that is not there is changed', put(`${NOTE}/xxxxxxxxxx`, { text: 'x' })),
  ask('a signed-in user makes a row with an ACL', [
    ...as('ann', post(NOTE, { text: 'mine', ACL: { '{ann}': { read: true, write: true } } }), get(`${NOTE}/{1}`)),
    get(`${NOTE}/{1}`),
  ]),
]);

const once = [
  ask('an empty row is made', [post(NOTE, {}), get(`${NOTE}/{1}`)]),
  ask('a row that is not there is deleted', del(`${NOTE}/xxxxxxxxxx`)),
  ask('a row is deleted twice', [post(NOTE), del(`${NOTE}/{1}`), del(`${NOTE}/{1}`)]),
  ask('an empty change is made', [post(NOTE, { text: 'same' }), put(`${NOTE}/{1}`, {}), get(`${NOTE}/{1}`)]),
  ask('a change keeps the other fields', [
    post(NOTE, { text: 'a', n: 1, o: { x: 1 } }),
    put(`${NOTE}/{1}`, { n: 2 }),
    get(`${NOTE}/{1}`),
  ]),
  ask('null is stored as null', [post(NOTE, { text: null, n: null }), get(`${NOTE}/{1}`)]),
  ask('a value becomes null', [post(NOTE, { text: 'x' }), put(`${NOTE}/{1}`, { text: null }), get(`${NOTE}/{1}`)]),
  ask('a client names the id of a new row', post(NOTE, { objectId: 'ownid12345', text: 'x' })),
  ask('the master key names the id of a new row', post(NOTE, { objectId: 'ownid12345', text: 'x' }, { as: 'master' })),
  ask('a client sets createdAt', [post(NOTE, { createdAt: '2001-01-01T00:00:00.000Z' }), get(`${NOTE}/{1}`)]),
  ask('a client sets updatedAt', [post(NOTE, { updatedAt: '2001-01-01T00:00:00.000Z' }), get(`${NOTE}/{1}`)]),
  ask('the master key sets both times', [
    post(
      NOTE,
      {
        createdAt: { __type: 'Date', iso: '2001-01-01T00:00:00.000Z' },
        updatedAt: { __type: 'Date', iso: '2001-01-02T00:00:00.000Z' },
      },
      { as: 'master' },
    ),
    get(`${NOTE}/{1}`),
  ]),
  ask('a text goes into a number column', post(NOTE, { n: 'not a number' })),
  ask('a number goes into a text column', post(NOTE, { text: 5 })),
  ask('a text goes into a date column', post(NOTE, { at: '2020-01-01' })),
  ask('a list goes into an object column', post(NOTE, { o: [1] })),
  ask('an object goes into a list column', post(NOTE, { list: { a: 1 } })),
  ask(
    'a pointer to another class goes into a pointer column',
    post(NOTE, { link: { __type: 'Pointer', className: 'ParGame', objectId: '{alpha}' } }),
  ),
  ask('a pointer to a row that is not there is stored', [
    post(NOTE, { link: { __type: 'Pointer', className: 'ParStudio', objectId: 'xxxxxxxxxx' } }),
    get(`${NOTE}/{1}`),
  ]),
  ask('a field with a bad name is sent', post(NOTE, { 'bad-name': 1 }), { differs: ['client-columns', '400/119'] }),
  ask('a field whose name begins with a digit is sent', post(NOTE, { '1st': 1 }), {
    differs: ['client-columns', '400/119'],
  }),
  ask('a field with a dot in its name is sent by change', [
    post(NOTE, { o: { a: 1 } }),
    put(`${NOTE}/{1}`, { 'o.a': 2 }),
    get(`${NOTE}/{1}`),
  ]),
  ask('a nested field gets a dollar name', post(NOTE, { o: { $bad: 1 } })),
  ask('a nested field gets a dotted name', post(NOTE, { o: { 'a.b': 1 } })),
  ask(
    'a new field comes from a client where all may add fields',
    [post(NOTE, { addedByClient: 'x' }), get(`${NOTE}/{1}`)],
    { differs: ['client-columns', '400/119 404/101'] },
  ),
  ask('a new field comes from a client where none may', post('/classes/ParReadOnly', { brandNew: 'x' })),
  ask('a client makes a class by saving', post('/classes/ParNewByClient', { a: 1 })),
  ask('a signed-in client makes a class by saving', post('/classes/ParNewByAnn', { a: 1 }, { as: 'ann' })),
  ask('a class that is not there is read', get('/classes/ParNoSuchClass')),
  ask('a row of a class that is not there is read', get('/classes/ParNoSuchClass/xxxxxxxxxx')),
  ask('a class with a bad name is read', get('/classes/bad-name')),
  ask('a class with a bad name is written by the master key', post('/classes/bad-name', { a: 1 }, { as: 'master' })),
  ask('an unknown system class is read', get('/classes/_Nothing')),
  ask('the join table of a relation is read', get('/classes/_Join:links:ParNote')),
  ask('the classes door reads _Session without a session', get('/classes/_Session')),
  ask('the classes door reads _Installation', get('/classes/_Installation')),
  ask('the classes door reads _JobStatus', get('/classes/_JobStatus')),
  ask('the classes door reads _GlobalConfig', get('/classes/_GlobalConfig')),
  ask('a very long text is kept', [post(NOTE, { text: 'x'.repeat(50_000) }), get(`${NOTE}/{1}`)]),
  ask('naughty texts are kept', [
    post(NOTE, { list: ["'; drop table x; --", '<script>', '\u202etest', '👩‍👩‍👧', '"\\', '%s%n', '${x}', '\u0001'] }),
    get(`${NOTE}/{1}`),
  ]),
  ask('the answer of a change is asked for with fields of an operation', [
    post(NOTE, { n: 1 }),
    put(`${NOTE}/{1}`, { n: { __op: 'Increment', amount: 2 }, text: 'x' }),
  ]),
  ask('a row is read with a slash at the end', [post(NOTE, { text: 'slash' }), get(`${NOTE}/{1}/`)]),
  ask('the class of a row is written in another case', get('/classes/parnote')),
  ask('a row is read with keys', [post(NOTE, { text: 'k', n: 1 }), get(`${NOTE}/{1}`, { keys: 'text' })]),
  ask('a row is read with excludeKeys', [post(NOTE, { text: 'k', n: 1 }), get(`${NOTE}/{1}`, { excludeKeys: 'text' })]),
  ask('a row is read with include', get('/classes/ParGame/{alpha}', { include: 'studio' })),
  ask('a row is read with an unknown option', get('/classes/ParGame/{alpha}', { nonsense: '1' })),
  ask('a change is made in place of another’s', [
    post(NOTE, { ACL: { '{ann}': { read: true, write: true } }, text: 'ann’s' }, { as: 'ann' }),
    put(`${NOTE}/{1}`, { text: 'bob’s' }, { as: 'bob' }),
    del(`${NOTE}/{1}`, { as: 'bob' }),
    get(`${NOTE}/{1}`, undefined, { as: 'bob' }),
  ]),
  ask('_rperm is set by a client', post(NOTE, { _rperm: ['*'] })),
  ask('a field called className is sent', post(NOTE, { className: 'ParGame', text: 'x' }), {
    differs: ['client-columns', '400/119'],
  }),
  ask('__type Object stands for a row', post(NOTE, { __type: 'Object', className: 'ParNote', text: 'typed' }), {
    differs: ['client-columns', '400/119'],
  }),
];

export const OBJECTS = [...everyStyle, ...once];
