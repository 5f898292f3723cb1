import { ALL_STYLES, ask, get, inStyles, post, type Question } from '../support/question';

const NOTE = '/parse/classes/ParNote';
const request = (method: string, path: string, body?: object): object => ({ method, path, ...(body ? { body } : {}) });
const batch = (name: string, requests: unknown, more: object = {}, as: { as?: 'ann' | 'master' } = {}): Question =>
  ask(`batch: ${name}`, post('/batch', { requests, ...more }, as));

export const BATCHES: Question[] = [
  ...inStyles(ALL_STYLES, [
    batch('two rows', [request('POST', NOTE, { text: 'one' }), request('POST', NOTE, { text: 'two' })]),
  ]),
  batch('a row that is refused among others', [
    request('POST', NOTE, { text: 'fine' }),
    request('POST', NOTE, { n: 'x' }),
    request('POST', NOTE, { text: 'fine' }),
  ]),
  batch('all methods', [
    request('POST', NOTE, { text: 'x' }),
    request('PUT', `${NOTE}/xxxxxxxxxx`, { text: 'x' }),
    request('DELETE', `${NOTE}/xxxxxxxxxx`),
    request('GET', '/parse/classes/ParGame/{alpha}'),
  ]),
  batch('a function', [
    request('POST', '/parse/functions/parNumber', {}),
    request('POST', '/parse/functions/parError', {}),
  ]),
  batch('a find', [request('GET', '/parse/classes/ParStudio', { where: { name: 'North' } })]),
  batch('a find with a query string', [request('GET', '/parse/classes/ParStudio?limit=1&order=name')]),
  batch('as a user', [request('POST', '/parse/classes/ParSignedIn', { text: 'x' })], {}, { as: 'ann' }),
  batch('as nobody', [request('POST', '/parse/classes/ParSignedIn', { text: 'x' })]),
  batch('a schema by the master key', [request('GET', '/parse/schemas/ParStudio')], {}, { as: 'master' }),
  batch('an unknown path', [request('GET', '/parse/nothing/here')]),
  batch('a path outside', [request('GET', '/somewhere/else')]),
  batch('a path that is no text', [request('GET', 5 as unknown as string)]),
  batch('without a path', [{ method: 'GET' }]),
  batch('without a method', [{ path: NOTE, body: {} }]),
  batch('an unknown method', [request('PATCH', NOTE, {})]),
  batch('empty', []),
  batch('requests that are no list', 'nothing'),
  batch('nothing at all', undefined),
  batch('an entry that is null', [null]),
  batch('a batch within', [request('POST', '/parse/batch', { requests: [] })]),
  batch('a login within', [
    request('POST', '/parse/login', { username: 'ann@example.com', password: 'Correct-horse-9' }),
  ]),
  batch(
    'fifty rows',
    Array.from({ length: 50 }, (_, index) => request('POST', NOTE, { n: index })),
  ),
  ask(
    'batch: more than a hundred rows',
    post('/batch', { requests: Array.from({ length: 101 }, (_, index) => request('POST', NOTE, { n: index })) }),
    { differs: ['request-limits', '400/107'] },
  ),
  ask(
    'batch: with a transaction that works',
    [
      post('/batch', {
        transaction: true,
        requests: [request('POST', NOTE, { text: 'in one' }), request('POST', NOTE, { text: 'go' })],
      }),
    ],
    { only: 'postgres' },
  ),
  ask(
    'batch: with a transaction that fails',
    [
      post('/batch', {
        transaction: true,
        requests: [request('POST', NOTE, { text: 'tx fails' }), request('POST', NOTE, { n: 'x' })],
      }),
      get('/classes/ParNote', { where: { text: 'tx fails' } }),
    ],
    { only: 'postgres' },
  ),
  ask(
    'idempotency: the same request id twice',
    [
      post('/classes/ParNote', { text: 'once' }, { headers: { 'X-Parse-Request-Id': 'twice-1' } }),
      post('/classes/ParNote', { text: 'once' }, { headers: { 'X-Parse-Request-Id': 'twice-1' } }),
      get('/classes/ParNote', { where: { text: 'once' }, count: 1, limit: 0 }),
    ],
    { differs: ['idempotency', '201 400/159 200'] },
  ),
];
