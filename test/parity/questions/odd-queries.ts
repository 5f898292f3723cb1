import { ask, get, post, type Question } from '../support/question';

const GAMES = '/classes/ParGame';
const odd = (name: string, params: object, more: Partial<Question> = {}): Question =>
  ask(`odd query: ${name}`, get(GAMES, { order: 'title', ...params }), more);
const where = (name: string, value: object, more: Partial<Question> = {}): Question =>
  odd(name, { where: value }, more);

/** What a client gets wrong, and what an attacker tries. */
export const ODD_QUERIES: Question[] = [
  odd('a negative limit', { limit: -1 }, { differs: ['strict-queries', '400/142', 'mongo'] }),
  odd('a negative skip', { skip: -1 }, { differs: ['strict-queries', '400/142', 'mongo'] }),
  odd('a limit that is no number', { limit: 'many' }, { differs: ['strict-queries', '400/142', 'mongo'] }),
  odd('a skip that is no number', { skip: 'some' }, { differs: ['strict-queries', '400/142', 'mongo'] }),
  odd('a limit with a fraction', { limit: 1.5 }, { differs: ['strict-queries', '400/142'] }),
  odd('a limit above a thousand', { limit: 5000 }),
  odd('where is no JSON', { where: '{not json' }),
  odd('where is a list', { where: '[]' }, { differs: ['strict-queries', '400/107'] }),
  odd('where is a text', { where: '"text"' }),
  odd('where is null', { where: 'null' }),
  odd('order by a bad name', { order: 'bad name; drop' }),
  odd('order by nothing', { order: '' }),
  odd('keys is empty', { keys: '' }),
  odd('count is false', { count: 'false' }),
  odd('count is zero', { count: 0 }),
  odd('a hint', { hint: '_id_' }),
  odd('explain by a client', { explain: 'true' }),
  odd('an unknown option', { nonsense: 1 }),
  where('an unknown operator', { score: { $nonsense: 1 } }),
  where('$where', { $where: 'this.score > 1' }),
  where('$expr', { $expr: { $gt: ['$score', 1] } }),
  where('$in is no list', { score: { $in: 10 } }),
  where('$nin is no list', { score: { $nin: 'x' } }),
  where('$all is no list', { tags: { $all: 'red' } }),
  where('$or is no list', { $or: { title: 'Alpha' } }),
  where('$or is empty', { $or: [] }),
  where('$and is no list', { $and: 'x' }),
  where('$nor is no list', { $nor: {} }),
  where('$exists is a text', { note: { $exists: 'yes' } }),
  where('$regex is a number', { title: { $regex: 5 } }),
  where('$regex is broken', { title: { $regex: '(' } }),
  where('$regex with bad options', { title: { $regex: 'a', $options: 'zz' } }),
  where('$inQuery without a class', { studio: { $inQuery: { where: {} } } }),
  where('$inQuery of a class that is not there', { studio: { $inQuery: { className: 'ParNoSuchClass', where: {} } } }),
  where('$select without a key', { title: { $select: { query: { className: 'ParGame', where: {} } } } }),
  where('$relatedTo without an object', { $relatedTo: { key: 'partners' } }),
  where('an unknown column', { nothing: 1 }),
  where('a bad column name', { 'bad name': 1 }),
  where('a column with a quote', { "a'b": 1 }),
  where('a number column by a text', { score: 'ten' }),
  where('a date column by a text', { played: '2020-01-01' }),
  where('a pointer column by an id', { studio: '{north}' }),
  where('a pointer of another class', { studio: { __type: 'Pointer', className: 'ParGame', objectId: '{alpha}' } }),
  where('_rperm', { _rperm: 'x' }),
  where('ACL', { ACL: { '*': { read: true } } }),
  where('a password', { _hashed_password: 'x' }),
  where('__proto__', JSON.parse('{"__proto__":{"a":1}}') as object),
  where('constructor', { constructor: 1 }, { differs: ['prototype-names', '400/105'] }),
  ask('odd query: users by their password hash', get('/users', { where: { _hashed_password: { $exists: true } } })),
  ask('odd query: users by session token', get('/users', { where: { sessionToken: 'x' } })),
  ask('odd query: an explained query by the master key', get(GAMES, { explain: 'true', limit: 1 }, { as: 'master' }), {
    isStatusOnly: true,
  }),
  ask('odd query: a query by POST without _method', post('/classes/ParNote', { where: { text: 'x' } }), {
    differs: ['client-columns', '400/119'],
  }),
  ask('odd query: distinct by a client', get('/aggregate/ParGame', { distinct: 'title' })),
  ask('odd query: aggregate by a client', get('/aggregate/ParGame', { $match: { won: true } }, { as: 'ann' })),
];

const aggregate = (name: string, params: object): Question =>
  ask(`aggregate: ${name}`, get('/aggregate/ParGame', params, { as: 'master' }));

export const AGGREGATES: Question[] = [
  aggregate('distinct', { distinct: 'won' }),
  aggregate('distinct where', { distinct: 'won', where: { score: { $gt: 15 } } }),
  aggregate('match', { $match: { score: { $gt: 15 } }, $sort: { title: 1 } }),
  aggregate('a pipeline', { pipeline: [{ $match: { score: { $gt: 15 } } }, { $sort: { title: -1 } }, { $limit: 2 }] }),
  aggregate('group', { pipeline: [{ $group: { _id: '$won', total: { $sum: '$score' } } }, { $sort: { total: 1 } }] }),
  aggregate('group by nothing', { pipeline: [{ $group: { _id: null, highest: { $max: '$score' } } }] }),
  aggregate('a group without an id', { pipeline: [{ $group: { total: { $sum: '$score' } } }] }),
  aggregate('project', { pipeline: [{ $match: { title: 'Alpha' } }, { $project: { title: 1 } }] }),
  aggregate('an unknown stage', { pipeline: [{ nonsense: {} }] }),
  aggregate('an empty pipeline', { pipeline: [] }),
];
