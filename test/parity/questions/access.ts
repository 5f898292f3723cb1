import { as, ask, del, get, inStyles, post, put, type Question, type Who } from '../support/question';

const GAMES = '/classes/ParGame';
const WHO: Who[] = ['nobody', 'ann', 'bob', 'master'];
const each = (make: (who: Who) => Question): Question[] => WHO.map(make);

const acl = [
  ...each((who) =>
    ask(
      `ACL: ${who} finds rows of ann and of editors`,
      get(GAMES, { where: { score: { $gt: 50, $lt: 100 } }, order: 'title' }, { as: who }),
    ),
  ),
  ...each((who) => ask(`ACL: ${who} gets a row of ann`, get(`${GAMES}/{hidden}`, undefined, { as: who }))),
  ...each((who) => ask(`ACL: ${who} gets a row of editors`, get(`${GAMES}/{editorial}`, undefined, { as: who }))),
  ask('ACL: a row is given away and is seen no more', [
    post('/classes/ParNote', { ACL: { '{ann}': { read: true, write: true } } }, { as: 'ann' }),
    put('/classes/ParNote/{1}', { ACL: { '{bob}': { read: true, write: true } } }, { as: 'ann' }),
    get('/classes/ParNote/{1}', undefined, { as: 'ann' }),
    get('/classes/ParNote/{1}', undefined, { as: 'bob' }),
  ]),
  ask('ACL: public read, own write', [
    post('/classes/ParNote', { text: 'a', ACL: { '*': { read: true }, '{ann}': { write: true } } }, { as: 'ann' }),
    get('/classes/ParNote/{1}'),
    put('/classes/ParNote/{1}', { text: 'b' }),
    put('/classes/ParNote/{1}', { text: 'c' }, { as: 'ann' }),
  ]),
  ask('ACL: it is taken off again', [
    post('/classes/ParNote', { ACL: { '{ann}': { read: true, write: true } } }, { as: 'ann' }),
    put('/classes/ParNote/{1}', { ACL: { __op: 'Delete' } }, { as: 'ann' }),
    get('/classes/ParNote/{1}'),
  ]),
  ask('ACL: a pointer to a hidden row is included', [
    post('/classes/ParNote', { o: { to: { __type: 'Pointer', className: 'ParGame', objectId: '{hidden}' } } }),
    get('/classes/ParNote/{1}', { include: 'o.to' }),
  ]),
  ask('ACL: hidden rows are not counted', get(GAMES, { where: { score: { $gt: 50, $lt: 100 } }, count: 1, limit: 0 })),
];

const permissions = ['ParClosed', 'ParReadOnly', 'ParSignedIn', 'ParEditors'].flatMap((className) => [
  ...each((who) =>
    ask(`CLP: ${who} finds in ${className}`, get(`/classes/${className}`, { where: { text: 'none' } }, { as: who })),
  ),
  ...each((who) =>
    ask(
      `CLP: ${who} counts in ${className}`,
      get(`/classes/${className}`, { where: { text: 'none' }, count: 1, limit: 0 }, { as: who }),
    ),
  ),
  ...each((who) =>
    ask(`CLP: ${who} makes, changes and deletes in ${className}`, [
      post(`/classes/${className}`, { text: 'by the master' }, { as: 'master' }),
      ...as(
        who,
        post(`/classes/${className}`, { text: 'x', n: 1 }),
        get(`/classes/${className}/{1}`),
        put(`/classes/${className}/{1}`, { n: 2 }),
        del(`/classes/${className}/{1}`),
      ),
    ]),
  ),
]);

const owner = (name: string): object => ({ __type: 'Pointer', className: '_User', objectId: `{${name}}` });

const pointers = [
  ask(
    'pointer permissions: the owner reads, changes and deletes',
    as(
      'ann',
      post('/classes/ParOwned', { text: 'mine', owner: owner('ann') }),
      get('/classes/ParOwned/{1}'),
      put('/classes/ParOwned/{1}', { text: 'changed' }),
      get('/classes/ParOwned', { where: { objectId: '{1}' } }),
      del('/classes/ParOwned/{1}'),
    ),
  ),
  ask('pointer permissions: another neither sees nor writes', [
    post('/classes/ParOwned', { text: 'ann’s', owner: owner('ann') }, { as: 'ann' }),
    ...as(
      'bob',
      get('/classes/ParOwned/{1}'),
      get('/classes/ParOwned', { where: { objectId: '{1}' } }),
      put('/classes/ParOwned/{1}', { text: 'x' }),
      del('/classes/ParOwned/{1}'),
    ),
  ]),
  ask('pointer permissions: nobody finds', get('/classes/ParOwned')),
  ask('protected fields: a user does not see them', [
    post('/classes/ParProtected', { text: 'secret', n: 1 }, { as: 'master' }),
    get('/classes/ParProtected/{1}', undefined, { as: 'ann' }),
    get('/classes/ParProtected/{1}', undefined, { as: 'bob' }),
    get('/classes/ParProtected/{1}', undefined, { as: 'master' }),
  ]),
  ask(
    'protected fields: a query by one is refused',
    get('/classes/ParProtected', { where: { text: 'secret' } }, { as: 'ann' }),
  ),
  ask('protected fields: an order by one is refused', get('/classes/ParProtected', { order: 'text' }, { as: 'ann' })),
  ask(
    'protected fields: a query by one within or is refused',
    get('/classes/ParProtected', { where: { $or: [{ text: 'secret' }] } }, { as: 'ann' }),
  ),
];

const roles: Question[] = inStyles(
  ['rest', 'js'],
  [
    ask('roles: everybody reads a public role', get('/roles', { where: { name: 'editors' } })),
    ask('roles: one by its id', get('/roles/{editors}')),
    ask(
      'roles: a stranger changes one',
      put('/roles/{editors}', { users: { __op: 'AddRelation', objects: [owner('ann')] } }, { as: 'ann' }),
    ),
    ask(
      'roles: the users of one',
      get(
        '/users',
        {
          where: {
            $relatedTo: { object: { __type: 'Pointer', className: '_Role', objectId: '{editors}' }, key: 'users' },
          },
        },
        { as: 'master' },
      ),
    ),
  ],
).concat([
  ask(
    'roles: the master key makes, fills and deletes one',
    as(
      'master',
      post('/roles', { name: 'parWriters', ACL: {} }),
      put('/roles/{1}', { users: { __op: 'AddRelation', objects: [owner('ann')] } }),
      get('/roles/{1}'),
      del('/roles/{1}'),
      get('/roles/{1}'),
    ),
  ),
  ask(
    'roles: a user makes one of his own',
    as('ann', post('/roles', { name: 'parAnns', ACL: { '{ann}': { read: true, write: true } } }), get('/roles/{1}')),
  ),
  ask('roles: whom the ACL allows changes it', [
    post('/roles', { name: 'parShared', ACL: { '*': { read: true }, '{ann}': { write: true } } }, { as: 'master' }),
    put('/roles/{1}', { users: { __op: 'AddRelation', objects: [owner('bob')] } }, { as: 'ann' }),
    put('/roles/{1}', { users: { __op: 'AddRelation', objects: [owner('bob')] } }, { as: 'bob' }),
  ]),
  ask('roles: one without an ACL', post('/roles', { name: 'parNoAcl' }, { as: 'master' })),
  ask('roles: one without a name', post('/roles', { ACL: {} }, { as: 'master' })),
  ask('roles: one with a bad name', post('/roles', { name: 'bad/name', ACL: {} }, { as: 'master' }), {
    differs: ['own-triggers', '400/-1'],
  }),
  ask(
    'roles: two of one name',
    as('master', post('/roles', { name: 'parTwice', ACL: {} }), post('/roles', { name: 'parTwice', ACL: {} })),
  ),
  ask(
    'roles: one is renamed',
    as('master', post('/roles', { name: 'parOld', ACL: {} }), put('/roles/{1}', { name: 'parNew' })),
    { differs: ['own-triggers', '201 400/-1'] },
  ),
  ask(
    'roles: one inherits another',
    [
      post('/roles', { name: 'parChild', ACL: {} }, { as: 'master' }),
      put('/roles/{1}', { users: { __op: 'AddRelation', objects: [owner('ann')] } }, { as: 'master' }),
      post(
        '/roles',
        {
          name: 'parParent',
          ACL: {},
          roles: { __op: 'AddRelation', objects: [{ __type: 'Pointer', className: '_Role', objectId: '{1}' }] },
        },
        { as: 'master' },
      ),
      post('/classes/ParNote', { text: 'for the parent', ACL: { 'role:parParent': { read: true } } }, { as: 'master' }),
      get('/classes/ParNote/{4}', undefined, { as: 'ann' }),
      get('/classes/ParNote/{4}', undefined, { as: 'bob' }),
    ],
    { differs: ['own-triggers', '201 200 201 201 200 404/101'] },
  ),
]);

export const ACCESS = [...acl, ...permissions, ...pointers, ...roles];
