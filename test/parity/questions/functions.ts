import { ALL_STYLES, as, ask, get, inStyles, post, put, del, type Question } from '../support/question';

const call = (
  name: string,
  fn: string,
  params: object = {},
  more: Parameters<typeof post>[2] = {},
  question: Partial<Question> = {},
): Question => ask(`function: ${name}`, post(`/functions/${fn}`, params, more), question);

const everyWay = inStyles(ALL_STYLES, [
  call('parameters in every way', 'parEcho', { a: 1, b: ['x', null], c: { d: true }, e: 'text' }),
  call('an object in every way', 'parObject'),
  call('who calls in every way', 'parWho', {}, { as: 'ann', headers: { 'X-Parse-Installation-Id': undefined } }),
  call('an error in every way', 'parParseError'),
]);

const results = [
  'parNothing',
  'parNull',
  'parNumber',
  'parText',
  'parList',
  'parDate',
  'parNested',
  'parObjects',
  'parFile',
  'parCalls',
].map((fn) => call(`returns as ${fn} does`, fn));
const errors = [
  'parError',
  'parNotFound',
  'parThrowsText',
  'parThrowsObject',
  'parRejects',
  'parResponds',
  'parRefuses',
].map((fn) => call(`fails as ${fn} does`, fn));

const date = { __type: 'Date', iso: '2020-01-01T00:00:00.000Z' };
const types = [
  call('typed parameters arrive as objects', 'parTypes', {
    date,
    point: { __type: 'GeoPoint', latitude: 1, longitude: 2 },
    pointer: { __type: 'Pointer', className: 'ParStudio', objectId: '{north}' },
    list: [1],
    text: 'x',
    number: 1,
    nothing: null,
  }),
  call('typed parameters are echoed', 'parEcho', { date, nested: { deep: [date] } }),
  call(
    'a file of another address as a parameter',
    'parTypes',
    { file: { __type: 'File', name: 'x.txt', url: 'https://example.com/x.txt' } },
    {},
    { differs: ['file-addresses', '400/130'] },
  ),
  call('a pointer is returned', 'parPointer', { id: '{north}' }),
  call(
    'a parameter of an unknown type',
    'parEcho',
    { x: { __type: 'Nonsense' } },
    {},
    { differs: ['strict-values', '400/111'] },
  ),
  call(
    'a parameter named __proto__',
    'parEcho',
    JSON.parse('{"__proto__":{"polluted":true},"a":1}') as object,
    {},
    { differs: ['prototype-names', '400/105'] },
  ),
  call(
    'a parameter named constructor',
    'parEcho',
    { constructor: { prototype: { polluted: true } } },
    {},
    { differs: ['prototype-names', '400/105'] },
  ),
  call('numbers and texts', 'parEcho', { big: 1e20, small: 1e-7, empty: '', unicode: 'ü🙂' }),
  call('saves rows', 'parSaves', { text: 'from a function' }),
  call('queries as the caller', 'parAsUser', {}, { as: 'ann' }),
  call('queries as another caller', 'parAsUser', {}, { as: 'bob' }),
  call('reads the caller by the master key', 'parQueryUser', {}, { as: 'ann' }),
  call('its own header', 'parHeaders', {}, { headers: { 'X-Par-Own': 'given' } }),
  call('who calls: nobody', 'parWho'),
  call('who calls: the master key', 'parWho', {}, { as: 'master' }),
  call('who calls: a device', 'parWho', {}, { headers: { 'X-Parse-Installation-Id': 'a-device' } }),
  ask('function: a status and a header', post('/functions/parStatus'), { headers: ['x-par'] }),
  call('one that is not there', 'parNoSuchFunction'),
  call('one named like a method', 'toString'),
  call('one named __proto__', '__proto__'),
  call('one with a dot', 'a.b'),
  call('a body that is a list', 'parEcho', [1, 2]),
  ask('function: by GET', get('/functions/parNumber')),
  ask('function: by PUT', put('/functions/parNumber')),
];

const validators = [
  call('requires a user, has none', 'parNeedsUser'),
  call('requires a user, has one', 'parNeedsUser', {}, { as: 'ann' }),
  call('requires the master key, has none', 'parNeedsMaster', {}, { as: 'ann' }),
  call('requires the master key, has it', 'parNeedsMaster', {}, { as: 'master' }),
  call('requires a role, has none', 'parNeedsRole', {}, { as: 'ann' }),
  call('requires a role, has it', 'parNeedsRole', {}, { as: 'bob' }),
  call('requires a key of the user', 'parNeedsKeys', {}, { as: 'ann' }),
  call('fields: none given', 'parFields'),
  call('fields: the wrong type', 'parFields', { n: 'x' }),
  call('fields: an option that is none', 'parFields', { n: -1 }),
  call('fields: defaults and constants', 'parFields', { n: 1, fixed: 'changed' }),
  call('fields: another option', 'parFields', { n: 1, color: 'green' }),
  call('fields as a list: one is missing', 'parFieldList', { a: 1 }),
  call('fields as a list: all', 'parFieldList', { a: 1, b: 2 }),
  call('a function as validator refuses', 'parFunctionValidator', {}),
  call('a function as validator lets pass', 'parFunctionValidator', { pass: 'open' }),
];

const jobs = [
  ask('job: by a client', post('/jobs/parJob')),
  ask('job: by the master key', post('/jobs/parJob', {}, { as: 'master' })),
  ask('job: in the body', post('/jobs', { jobName: 'parJob' }, { as: 'master' })),
  ask('job: one that fails', post('/jobs/parBadJob', {}, { as: 'master' })),
  ask('job: one that is not there', post('/jobs/parNoSuchJob', {}, { as: 'master' })),
  ask('job: its data is read by a client', get('/cloud_code/jobs/data')),
];

const hooks = [
  ask('hooks: listed by a client', get('/hooks/functions')),
  ask('hooks: listed', as('master', get('/hooks/functions'), get('/hooks/triggers')), { isStatusOnly: true }),
  ask(
    'hooks: a function is made, read, changed and deleted',
    as(
      'master',
      post('/hooks/functions', { functionName: 'parHook', url: 'https://example.com/hook' }),
      get('/hooks/functions/parHook'),
      put('/hooks/functions/parHook', { url: 'https://example.com/other' }),
      put('/hooks/functions/parHook', { __op: 'Delete' }),
      get('/hooks/functions/parHook'),
    ),
  ),
  ask(
    'hooks: a trigger is made and deleted',
    as(
      'master',
      post('/hooks/triggers', { className: 'ParStudio', triggerName: 'afterDelete', url: 'https://example.com/hook' }),
      put('/hooks/triggers/ParStudio/afterDelete', { __op: 'Delete' }),
    ),
  ),
  ask('hooks: one without an address', post('/hooks/functions', { functionName: 'parBadHook' }, { as: 'master' })),
  ask(
    'hooks: an unknown trigger',
    post(
      '/hooks/triggers',
      { className: 'ParStudio', triggerName: 'nonsense', url: 'https://example.com' },
      { as: 'master' },
    ),
  ),
  ask('hooks: DELETE of one', del('/hooks/functions/parHook', { as: 'master' })),
];

const last = [
  ask(
    'function: a parameter that is no date is echoed',
    post('/functions/parEcho', { date: { __type: 'Date', iso: 'soon' } }),
    {
      endsPlain: true,
      differs: ['strict-values', '400/111'],
    },
  ),
];

export const FUNCTIONS = [...everyWay, ...results, ...errors, ...types, ...validators, ...jobs, ...hooks, ...last];
