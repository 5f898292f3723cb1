import { ask, del, get, post, type Question, type Step } from '../support/question';

const GAMES = '/classes/ParGame';
const without: Step['headers'] = { 'X-Parse-Application-Id': undefined };
const raw = (path: string, text: string, more: Partial<Step> = {}): Step => ({
  method: 'POST',
  path,
  raw: text,
  ...more,
});
const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const CORS = ['access-control-allow-origin', 'access-control-allow-methods', 'access-control-expose-headers'];

const keys: Question[] = [
  ask('keys: no application id', get(GAMES, undefined, { headers: without })),
  ask('keys: no application id by POST', post('/classes/ParNote', {}, { headers: without })),
  ask('keys: a wrong application id', get(GAMES, undefined, { headers: { 'X-Parse-Application-Id': 'other' } })),
  ask(
    'keys: an application named like a method',
    get(GAMES, undefined, { headers: { 'X-Parse-Application-Id': 'constructor' } }),
  ),
  ask(
    'keys: an application named __proto__',
    get(GAMES, undefined, { headers: { 'X-Parse-Application-Id': '__proto__' } }),
  ),
  ask('keys: a wrong master key', get('/schemas', undefined, { headers: { 'X-Parse-Master-Key': 'wrong' } })),
  ask(
    'keys: a wrong master key on an open class',
    get(GAMES, { limit: 1, order: 'title' }, { headers: { 'X-Parse-Master-Key': 'wrong' } }),
  ),
  ask(
    'keys: an unneeded REST key',
    get(GAMES, { limit: 1, order: 'title' }, { headers: { 'X-Parse-REST-API-Key': 'any' } }),
  ),
  ask(
    'keys: an unneeded JavaScript key',
    get(GAMES, { limit: 1, order: 'title' }, { headers: { 'X-Parse-JavaScript-Key': 'any' } }),
  ),
  ask('keys: a master key in the body', post(GAMES, { _method: 'GET', _MasterKey: 'wrong', limit: 1 })),
  ask(
    'keys: basic authorization',
    get(
      GAMES,
      { limit: 1, order: 'title' },
      { headers: { ...without, Authorization: `Basic ${Buffer.from('appbackend:').toString('base64')}` } },
    ),
  ),
  ask(
    'keys: the application id in the body without a header',
    raw(GAMES, '{"_method":"GET","_ApplicationId":"appbackend","limit":1,"order":"title"}', {
      headers: { ...without, 'Content-Type': 'text/plain' },
    }),
  ),
  ask(
    'keys: a wrong application id in the body',
    raw(GAMES, '{"_method":"GET","_ApplicationId":"other"}', { headers: { ...without, 'Content-Type': 'text/plain' } }),
  ),
  ask(
    'keys: no application id in the body',
    raw(GAMES, '{"_method":"GET"}', { headers: { ...without, 'Content-Type': 'text/plain' } }),
  ),
  ask(
    'keys: a maintenance key that is wrong',
    get(GAMES, { limit: 1, order: 'title' }, { headers: { 'X-Parse-Maintenance-Key': 'wrong' } }),
  ),
  ask(
    'keys: an unusual client version',
    get(GAMES, { limit: 1, order: 'title' }, { headers: { 'X-Parse-Client-Version': 'nonsense' } }),
  ),
];

const bodies: Question[] = [
  ask('body: broken JSON', raw('/classes/ParNote', '{"a":')),
  ask('body: broken JSON as text', raw('/classes/ParNote', '{"a":', { headers: { 'Content-Type': 'text/plain' } })),
  ask('body: empty', raw('/classes/ParNote', '')),
  ask('body: a list', raw('/classes/ParNote', '[1]'), { differs: ['client-columns', '400/119'] }),
  ask('body: a text', raw('/classes/ParNote', '"x"')),
  ask('body: a number', raw('/classes/ParNote', '5')),
  ask('body: null', raw('/classes/ParNote', 'null')),
  ask(
    'body: JSON without a content type',
    raw('/classes/ParNote', '{"text":"x"}', { headers: { 'Content-Type': '' } }),
  ),
  ask(
    'body: JSON as a form',
    raw('/classes/ParNote', 'text=x', { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }),
  ),
  ask('body: XML', raw('/classes/ParNote', '<a/>', { headers: { 'Content-Type': 'application/xml' } })),
  ask(
    'body: a JSON charset',
    raw('/classes/ParNote', '{"text":"ü"}', { headers: { 'Content-Type': 'application/json; charset=utf-8' } }),
  ),
  ask(
    'body: an unknown charset',
    raw('/classes/ParNote', '{}', { headers: { 'Content-Type': 'application/json; charset=klingon' } }),
  ),
  ask('body: __proto__', raw('/classes/ParNote', '{"o":{"__proto__":{"a":1}}}')),
  ask('body: constructor', raw('/classes/ParNote', '{"o":{"constructor":{"prototype":{"a":1}}}}')),
  ask('body: a field named __proto__', raw('/classes/ParNote', '{"__proto__":{"a":1}}')),
  ask('body: thirty levels', raw('/classes/ParNote', `{"o":${deep(25)}}`)),
  ask('body: three thousand levels', raw('/classes/ParNote', `{"o":${deep(3000)}}`)),
  ask('body: NUL in a text', post('/classes/ParNote', { text: 'a\0b' }), {
    differs: ['strict-values', '400/142', 'mongo'],
  }),
  ask('body: a lone surrogate', raw('/classes/ParNote', '{"text":"\\ud800"}')),
  ask('body: the same name twice', raw('/classes/ParNote', '{"n":1,"n":2}')),
  ask('body: too large', raw('/classes/ParNote', `{"text":"${'x'.repeat(21 * 1024 * 1024)}"}`)),
  ask('body: a number too large for JSON', raw('/classes/ParNote', '{"n":1e400}')),
  ask('body: of a GET', get(GAMES, { limit: 1, order: 'title' }, { headers: { 'Content-Type': 'application/json' } })),
];

const routes: Question[] = [
  ask('route: unknown', get('/nothing')),
  ask('route: the root', get('/')),
  ask('route: classes without a class', get('/classes')),
  ask('route: classes with a slash', get('/classes/')),
  ask('route: too many parts', get('/classes/ParGame/a/b/c')),
  ask('route: a method that is not there', { method: 'PATCH', path: `${GAMES}/{alpha}`, body: {} }),
  ask('route: PUT without an id', { method: 'PUT', path: GAMES, body: {} }),
  ask('route: DELETE without an id', del(GAMES)),
  ask('route: DELETE without an id by the master key', del('/classes/ParStudio', { as: 'master' })),
  ask('route: POST with an id', post(`${GAMES}/{alpha}`, {})),
  ask('route: _method that is unknown', post(GAMES, { _method: 'NONSENSE' })),
  ask('route: _method in lower case', post(`${GAMES}`, { _method: 'get', limit: 1, order: 'title' })),
  ask('route: two slashes', get('//classes/ParGame', { limit: 1, order: 'title' })),
  ask('route: capital letters', get('/Classes/ParGame', { limit: 1, order: 'title' })),
  ask('route: an id with NUL', get('/classes/ParGame/a%00b')),
  ask('route: an id with a percent', get('/classes/ParGame/%zz')),
  ask('route: an id named role', get('/classes/ParGame/role:editors')),
  ask('route: a very long id', get(`/classes/ParGame/${'x'.repeat(2000)}`)),
  ask('route: public pages', get('/apps/appbackend/verify_email'), { isStatusOnly: true, differs: ['mail', '303'] }),
];

const headers: Question[] = [
  ask(
    'headers: CORS of a read',
    get(GAMES, { limit: 1, order: 'title' }, { headers: { Origin: 'https://example.com' } }),
    { headers: CORS },
  ),
  ask('headers: CORS of an error', get('/nothing', undefined, { headers: { Origin: 'https://example.com' } }), {
    headers: CORS,
  }),
  ask(
    'headers: OPTIONS',
    {
      method: 'OPTIONS',
      path: GAMES,
      headers: { Origin: 'https://example.com', 'Access-Control-Request-Method': 'POST' },
    },
    { headers: CORS },
  ),
  ask(
    'headers: OPTIONS without an application id',
    { method: 'OPTIONS', path: GAMES, headers: { ...without, Origin: 'https://example.com' } },
    { headers: CORS },
  ),
  ask('headers: the content type', get(GAMES, { limit: 1, order: 'title' }), { headers: ['content-type'] }),
  ask('headers: the place of a new row', post('/classes/ParNote', {}), { headers: ['location'] }),
  ask(
    'headers: the place of a new user',
    post('/users', { username: 'place-{style}@example.com', password: 'Correct-horse-9' }),
    { headers: ['location'] },
  ),
  ask('headers: HEAD', { method: 'HEAD', path: `${GAMES}/{alpha}` }),
  ask('headers: x-powered-by', get('/health'), { headers: ['x-powered-by'], differs: ['powered-by', '200'] }),
];

export const ERRORS = [...keys, ...bodies, ...routes, ...headers];
