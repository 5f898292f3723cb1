import { ALL_STYLES, as, ask, del, get, inStyles, post, put, type Question } from '../support/question';

const INSTALLATIONS = '/installations';
const ID = '6f1b2c3d-1111-4222-8333-000000000';
const device = (number: string, more: object = {}): object => ({
  installationId: `${ID}${number}`,
  deviceType: 'ios',
  ...more,
});
const header = (number: string): { headers: Record<string, string> } => ({
  headers: { 'X-Parse-Installation-Id': `${ID}${number}` },
});

const installations = [
  ...inStyles(ALL_STYLES, [
    ask(
      'installation: a device registers',
      post(INSTALLATIONS, { installationId: 'style-{style}', deviceType: 'ios' }),
    ),
  ]),
  ask('installation: a device changes its channels', [
    post(INSTALLATIONS, device('001')),
    put(`${INSTALLATIONS}/{1}`, { channels: ['news'] }, header('001')),
    get(`${INSTALLATIONS}/{1}`, undefined, { as: 'master' }),
  ]),
  ask(
    'installation: a device without its header',
    [post(INSTALLATIONS, device('002')), put(`${INSTALLATIONS}/{1}`, { channels: ['x'] })],
    { differs: ['device-rows', '201 404/101'] },
  ),
  ask('installation: registered twice', [
    post(INSTALLATIONS, device('003')),
    post(INSTALLATIONS, device('003', { appVersion: '2' })),
  ]),
  ask(
    'installation: by a device token alone',
    post(INSTALLATIONS, { deviceType: 'android', deviceToken: 'token-004' }),
  ),
  ask('installation: without a type', post(INSTALLATIONS, { installationId: `${ID}005` })),
  ask('installation: without anything', post(INSTALLATIONS, {})),
  ask('installation: an unknown type', post(INSTALLATIONS, { installationId: `${ID}006`, deviceType: 'toaster' })),
  ask('installation: channels that are a text', post(INSTALLATIONS, device('007', { channels: 'news' }))),
  ask('installation: a channel with a bad name', post(INSTALLATIONS, device('008', { channels: ['bad name'] }))),
  ask('installation: its id changes', [
    post(INSTALLATIONS, device('009')),
    put(`${INSTALLATIONS}/{1}`, { installationId: 'other' }, header('009')),
  ]),
  ask('installation: a client finds', get(INSTALLATIONS)),
  ask('installation: a client gets one', [
    post(INSTALLATIONS, device('010')),
    get(`${INSTALLATIONS}/{1}`, undefined, header('010')),
  ]),
  ask('installation: a client deletes one', [post(INSTALLATIONS, device('011')), del(`${INSTALLATIONS}/{1}`)]),
  ask('installation: the master key finds and deletes', [
    post(INSTALLATIONS, device('012')),
    ...as('master', get(INSTALLATIONS, { where: { installationId: `${ID}012` } }), del(`${INSTALLATIONS}/{1}`)),
  ]),
  ask(
    'installation: the user is kept',
    [
      post(INSTALLATIONS, device('013', { user: { __type: 'Pointer', className: '_User', objectId: '{ann}' } }), {
        as: 'ann',
      }),
      get(`${INSTALLATIONS}/{1}`, undefined, { as: 'master' }),
    ],
    { differs: ['client-columns', '400/119 404/101'] },
  ),
  ask(
    'installation: an operator in place of the token',
    post(INSTALLATIONS, device('014', { deviceToken: { $ne: 'x' } })),
  ),
  ask('installation: a sign-up with a device is in the session', [
    post('/users', { username: 'device-{style}@example.com', password: 'Correct-horse-9' }, header('015')),
    get('/sessions/me', undefined, { session: '{1.sessionToken}' }),
  ]),
];

const config = [
  ask('config: read', get('/config')),
  ask('config: set by a client', put('/config', { params: { a: 1 } })),
  ask('config: set by the master key', [
    put(
      '/config',
      { params: { parMotd: 'hello', parSecret: 1 }, masterKeyOnly: { parSecret: true } },
      { as: 'master' },
    ),
    get('/config'),
    get('/config', undefined, { as: 'master' }),
    put('/config', { params: { parMotd: { __op: 'Delete' }, parSecret: { __op: 'Delete' } } }, { as: 'master' }),
  ]),
  ask('config: graphql’s by a client', get('/graphql-config')),
  ask('config: graphql’s by the master key', get('/graphql-config', undefined, { as: 'master' }), {
    isStatusOnly: true,
  }),
];

const push: Question[] = [
  ask('push: by a client', post('/push', { channels: ['x'], data: { alert: 'x' } })),
  ask('push: without an adapter', post('/push', { where: {}, data: { alert: 'x' } }, { as: 'master' })),
  ask('push: without a target', post('/push', { data: { alert: 'x' } }, { as: 'master' })),
  ask('audiences: by a client', get('/push_audiences')),
  ask(
    'audiences: made, read, changed and deleted',
    as(
      'master',
      post('/push_audiences', { name: 'All', query: '{}' }),
      get('/push_audiences/{1}'),
      put('/push_audiences/{1}', { name: 'Everybody' }),
      get('/push_audiences', { where: { name: 'Everybody' } }),
      del('/push_audiences/{1}'),
    ),
  ),
  ask('analytics: AppOpened', post('/events/AppOpened', {})),
  ask('analytics: an event of one’s own', post('/events/parEvent', { dimensions: { a: 'b' } })),
  ask('purchase: validate_purchase', post('/validate_purchase', {}), { differs: ['closed-routes', '404/101'] }),
  ask('features: serverInfo by a client', get('/serverInfo')),
  ask('features: serverInfo by the master key', get('/serverInfo', undefined, { as: 'master' }), {
    isStatusOnly: true,
  }),
  ask('features: security by a client', get('/security')),
  ask('features: health', get('/health')),
  ask('logs: by a client', get('/scriptlog')),
];

export const DEVICES = [...installations, ...config, ...push];
