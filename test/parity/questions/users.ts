import { ALL_STYLES, as, ask, del, get, inStyles, post, put, type Question } from '../support/question';

const PASSWORD = 'Correct-horse-9';
/** An address of its own for each question and style. */
const mail = (name: string): string => `${name}-{style}@example.com`;
const person = (name: string, more: object = {}): object => ({ username: mail(name), password: PASSWORD, ...more });
const own = { session: '{1.sessionToken}' };

const everyWay = inStyles(ALL_STYLES, [
  ask('user: signs up', post('/users', person('signup'))),
  ask('user: signs up and reads oneself', [post('/users', person('self')), get('/users/me', undefined, own)]),
  ask('user: signs up and logs in', [
    post('/users', person('login')),
    get('/login', { username: mail('login'), password: PASSWORD }),
  ]),
  ask('user: logs in by POST', [
    post('/users', person('postlogin')),
    post('/login', { username: mail('postlogin'), password: PASSWORD }),
  ]),
  ask('user: a wrong password', [
    post('/users', person('wrong')),
    post('/login', { username: mail('wrong'), password: 'Wrong-horse-9' }),
  ]),
  ask('user: logs out', [post('/users', person('logout')), post('/logout', {}, own), get('/users/me', undefined, own)]),
  ask('user: reads /users/me with an invalid session', get('/users/me', undefined, { as: 'stale' })),
  ask(
    'user: finds rows with an invalid session',
    get('/classes/ParGame', { limit: 1, order: 'title' }, { as: 'stale' }),
  ),
]);

const signUp = [
  ask('sign-up: a name without an address', post('/users', { username: 'plain-name-{style}', password: PASSWORD })),
  ask('sign-up: with an address', [
    post('/users', { username: 'named-{style}', password: PASSWORD, email: mail('named') }),
    get('/users/me', undefined, own),
  ]),
  ask('sign-up: without a name', post('/users', { password: PASSWORD })),
  ask('sign-up: without a password', post('/users', { username: mail('nopass') })),
  ask('sign-up: an empty name', post('/users', { username: '', password: PASSWORD })),
  ask('sign-up: an empty password', post('/users', { username: mail('emptypass'), password: '' })),
  ask('sign-up: a name that is a number', post('/users', { username: 5, password: PASSWORD })),
  ask('sign-up: a password that is a number', post('/users', { username: mail('numpass'), password: 12345678 })),
  ask('sign-up: a name that is taken', [post('/users', person('taken')), post('/users', person('taken'))]),
  ask('sign-up: an address that is taken', [
    post('/users', { username: 'one-{style}', password: PASSWORD, email: mail('shared') }),
    post('/users', { username: 'two-{style}', password: PASSWORD, email: mail('shared') }),
  ]),
  ask(
    'sign-up: an address that is none',
    post('/users', { username: 'noaddress-{style}', password: PASSWORD, email: 'nothing' }),
  ),
  ask('sign-up: a short password', post('/users', { username: mail('short'), password: 'abc' }), {
    differs: ['passwords', '400/142'],
  }),
  ask('sign-up: an own field', [
    post('/users', person('nick', { nickname: 'Nick', level: 5, tastes: { sweet: true } })),
    get('/users/me', undefined, own),
  ]),
  ask('sign-up: an own ACL', [
    post('/users', person('acl', { ACL: { '*': { read: true } } })),
    get('/users/me', undefined, own),
  ]),
  ask('sign-up: emailVerified by a client', post('/users', person('verified', { emailVerified: true }))),
  ask('sign-up: with the session of another', post('/users', person('within'), { as: 'ann' })),
  ask('sign-up: with an invalid session', post('/users', person('stalesignup'), { as: 'stale' })),
  ask('sign-up: by the master key', post('/users', person('bymaster'), { as: 'master' })),
  ask('sign-up: by the classes door', post('/classes/_User', person('byclasses'))),
];

const logIn = [
  ask('login: a name that nobody has', post('/login', { username: 'nobody@example.com', password: PASSWORD })),
  ask('login: by the address', [
    post('/users', { username: 'byaddress-{style}', password: PASSWORD, email: mail('byaddress') }),
    post('/login', { email: mail('byaddress'), password: PASSWORD }),
  ]),
  ask('login: without a password', post('/login', { username: 'ann@example.com' })),
  ask('login: without a name', post('/login', { password: PASSWORD })),
  ask('login: with nothing', post('/login', {})),
  ask('login: a name that is an object', post('/login', { username: { $ne: 1 }, password: PASSWORD })),
  ask('login: a password that is an object', post('/login', { username: 'ann@example.com', password: { $ne: 1 } })),
  ask('login: with an invalid session', [
    post('/users', person('stalelogin')),
    post('/login', { username: mail('stalelogin'), password: PASSWORD }, { as: 'stale' }),
  ]),
  ask('login: barred by the app’s trigger', [
    post('/users', person('barred')),
    post('/login', { username: mail('barred'), password: PASSWORD }),
  ]),
  ask('login: as another by the master key', post('/loginAs', { userId: '{ann}' }, { as: 'master' })),
  ask('login: as another by a client', post('/loginAs', { userId: '{ann}' })),
  ask('login: as nobody by the master key', post('/loginAs', { userId: 'xxxxxxxxxx' }, { as: 'master' })),
  ask('login: verifyPassword', [
    post('/users', person('verify')),
    post('/verifyPassword', { username: mail('verify'), password: PASSWORD }),
  ]),
  ask('login: verifyPassword that is wrong', [
    post('/users', person('verifywrong')),
    post('/verifyPassword', { username: mail('verifywrong'), password: 'Wrong-horse-9' }),
  ]),
  ask('login: verifyPassword without one', post('/verifyPassword', { username: 'ann@example.com' })),
];

const account = [
  ask('account: a field of oneself changes', [
    post('/users', person('changes')),
    put('/users/{1}', { nickname: 'New' }, own),
    get('/users/{1}', undefined, own),
  ]),
  ask(
    'account: a column that is not there',
    [post('/users', person('nocolumn')), put('/users/{1}', { height: 5 }, own)],
    { differs: ['client-columns', '201 400/119'] },
  ),
  ask('account: a field by the classes door', [
    post('/users', person('changes2')),
    put('/classes/_User/{1}', { nickname: 'New' }, own),
    get('/classes/_User/{1}', undefined, own),
  ]),
  ask('account: a pointer and a list of one’s own', [
    post('/users', person('pointer')),
    put(
      '/users/{1}',
      { favourite: { __type: 'Pointer', className: 'ParStudio', objectId: '{north}' }, seen: [1, 2] },
      own,
    ),
    get('/users/{1}', { include: 'favourite' }, own),
  ]),
  ask('account: another’s is changed', put('/users/{bob}', { nickname: 'x' }, { as: 'ann' })),
  ask('account: one’s own without a session', [
    post('/users', person('nosession')),
    put('/users/{1}', { nickname: 'x' }),
  ]),
  ask('account: another’s is read', get('/users/{bob}', undefined, { as: 'ann' })),
  ask('account: one that is not there', get('/users/xxxxxxxxxx', undefined, { as: 'ann' })),
  ask(
    'account: all are listed by a user',
    get('/users', { order: 'username', limit: 1, where: { username: 'ann@example.com' } }, { as: 'ann' }),
    { differs: ['account-permissions', '400/119'] },
  ),
  ask('account: all are listed by nobody', get('/users', { where: { username: 'ann@example.com' } }), {
    differs: ['account-permissions', '400/119'],
  }),
  ask('account: found by the master key', get('/users', { where: { username: 'ann@example.com' } }, { as: 'master' })),
  ask(
    'account: counted by the master key',
    get('/users', { where: { username: 'ann@example.com' }, count: 1, limit: 0 }, { as: 'master' }),
  ),
  ask('account: the password changes', [
    post('/users', person('newpass')),
    put('/users/{1}', { password: 'Another-horse-9' }, own),
    get('/users/me', undefined, own),
    post('/login', { username: mail('newpass'), password: 'Another-horse-9' }),
  ]),
  ask(
    'account: the name changes',
    [
      post('/users', person('rename')),
      put('/users/{1}', { username: mail('renamed') }, own),
      post('/login', { username: mail('renamed'), password: PASSWORD }),
    ],
    { differs: ['email-names', '201 400/142 404/101'] },
  ),
  ask('account: the name becomes empty', [post('/users', person('unname')), put('/users/{1}', { username: '' }, own)], {
    differs: ['strict-values', '201 400/142'],
  }),
  ask('account: it is deleted by oneself', [
    post('/users', person('leaver')),
    del('/users/{1}', own),
    post('/login', { username: mail('leaver'), password: PASSWORD }),
  ]),
  ask('account: another’s is deleted', del('/users/{bob}', { as: 'ann' })),
  ask('account: deleted by the master key', [
    post('/users', person('removed')),
    del('/users/{1}', { as: 'master' }),
    get('/users/{1}', undefined, { as: 'master' }),
  ]),
  ask('account: its sessionToken is set', [
    post('/users', person('token')),
    put('/users/{1}', { sessionToken: 'x' }, own),
  ]),
  ask('account: a password hash is set', [
    post('/users', person('hash')),
    put('/users/{1}', { _hashed_password: 'x' }, own),
    post('/login', { username: mail('hash'), password: PASSWORD }),
  ]),
  ask('account: a password reset without an address', post('/requestPasswordReset', {})),
  ask('account: a password reset', post('/requestPasswordReset', { email: 'nobody@example.com' }), {
    differs: ['mail', '200'],
  }),
  ask('account: a verification mail', post('/verificationEmailRequest', { email: 'nobody@example.com' }), {
    differs: ['mail', '200'],
  }),
  ask('account: upgradeToRevocableSession', post('/upgradeToRevocableSession', {}, { as: 'ann' }), {
    differs: ['closed-routes', '404/101'],
  }),
];

const anonymous = (id: string): object => ({ authData: { anonymous: { id } } });
const linked = inStyles(
  ['rest', 'js', 'flutter'],
  [
    ask(
      'authData: an anonymous start',
      [post('/users', anonymous('anon-start-{style}')), get('/users/me', undefined, own)],
      { differs: ['account-permissions', '201 200'] },
    ),
    ask(
      'authData: the same anonymous comes again',
      [post('/users', anonymous('anon-again-{style}')), post('/users', anonymous('anon-again-{style}'))],
      { differs: ['account-permissions', '201 200'] },
    ),
    ask(
      'authData: an anonymous becomes a real account',
      [
        post('/users', anonymous('anon-upgrade-{style}')),
        put('/users/{1}', { username: mail('upgraded'), password: PASSWORD, authData: { anonymous: null } }, own),
        post('/login', { username: mail('upgraded'), password: PASSWORD }),
      ],
      { differs: ['account-fields', '201 200 200'] },
    ),
  ],
).concat([
  ask('authData: an unknown provider', post('/users', { authData: { nonsense: { id: 'x' } } })),
  ask(
    'authData: a provider that is not configured',
    post('/users', { authData: { facebook: { id: 'x', access_token: 'y' } } }),
  ),
  ask('authData: a provider without an id', post('/users', { authData: { anonymous: {} } })),
  ask('authData: empty', post('/users', { authData: {} })),
  ask('authData: a text', post('/users', { authData: 'x' })),
  ask('authData: a provider named like a method', post('/users', { authData: { constructor: { id: 'x' } } }), {
    differs: ['prototype-names', '400/105'],
  }),
  ask('authData: challenge', post('/challenge', { challengeData: { nonsense: { id: 'x' } } }), {
    differs: ['closed-routes', '404/101'],
  }),
]);

const sessions: Question[] = [
  ask('sessions: one’s own', [post('/users', person('sess')), get('/sessions/me', undefined, own)]),
  ask('sessions: none without a session', get('/sessions/me')),
  ask('sessions: one’s own with an invalid session', get('/sessions/me', undefined, { as: 'stale' })),
  ask('sessions: the list', [post('/users', person('sesslist')), get('/sessions', undefined, own)]),
  ask('sessions: the list without a session', get('/sessions')),
  ask('sessions: another’s is not found', [
    post('/users', person('sessother')),
    get('/sessions/me', undefined, own),
    get('/sessions/{2}', undefined, { as: 'ann' }),
  ]),
  ask('sessions: one is ended', [
    post('/users', person('sessend')),
    get('/sessions/me', undefined, own),
    del('/sessions/{2}', own),
    get('/users/me', undefined, own),
  ]),
  ask('sessions: a client makes one', [post('/users', person('sessmake')), post('/sessions', {}, own)]),
  ask('sessions: a client changes its user', [
    post('/users', person('sesschange')),
    get('/sessions/me', undefined, own),
    put('/sessions/{2}', { user: { __type: 'Pointer', className: '_User', objectId: '{ann}' } }, own),
  ]),
  ask(
    'sessions: a client adds a field',
    [
      post('/users', person('sessfield')),
      get('/sessions/me', undefined, own),
      put('/sessions/{2}', { device: 'x' }, own),
    ],
    { differs: ['client-columns', '201 200 400/119'] },
  ),
  ask('sessions: logout without a session', post('/logout')),
  ask('sessions: logout with an invalid session', post('/logout', {}, { as: 'stale' })),
  ask('sessions: me without a session', get('/users/me')),
  ask('sessions: a save with an invalid session', post('/classes/ParNote', { text: 'x' }, { as: 'stale' })),
  ask('sessions: a function with an invalid session', post('/functions/parWho', {}, { as: 'stale' })),
  ask(
    'sessions: a batch with an invalid session',
    post('/batch', { requests: [{ method: 'GET', path: '/parse/classes/ParGame' }] }, { as: 'stale' }),
  ),
  ask('sessions: a session token that is no token', get('/users/me', undefined, { session: 'nonsense' })),
  ask('sessions: all by the master key', as('master', get('/sessions', { where: { createdWith: 'none' } }))),
];

export const USERS = [...everyWay, ...signUp, ...logIn, ...account, ...linked, ...sessions];
