import { ALL_STYLES, ask, get, inStyles, type Question } from '../support/question';

const GAMES = '/classes/ParGame';

const find = (name: string, where: object, more: object = {}): Question =>
  ask(`find: ${name}`, get(GAMES, { where, order: 'title', ...more }));
const pointer = (className: string, objectId: string): object => ({ __type: 'Pointer', className, objectId });
const day = (iso: string): object => ({ __type: 'Date', iso });

/** Every operator of REST and of the SDKs, on rows that nobody writes. */
const operators = [
  find('everything', {}),
  find('equal to a text', { title: 'Alpha' }),
  find('equal to a number', { score: 20 }),
  find('equal to zero', { score: 0 }),
  find('equal to a fraction', { score: -5.5 }),
  find('equal to a boolean', { won: false }),
  find('equal to null', { note: null }),
  find('equal to an element of a list', { tags: 'red' }),
  find('equal to a date', { played: day('2020-01-01T10:00:00.000Z') }),
  find('equal to a pointer', { studio: pointer('ParStudio', '{north}') }),
  find('equal to a nested field', { 'meta.level': 2 }),
  find('equal to a deeply nested field', { 'meta.deep.x': 'a' }),
  find('less than', { score: { $lt: 20 } }),
  find('less or equal', { score: { $lte: 20 } }),
  find('greater than', { score: { $gt: 20 } }),
  find('greater or equal', { score: { $gte: 20 } }),
  find('between', { score: { $gt: 0, $lt: 30 } }),
  find('before a date', { played: { $lt: day('2020-02-15T00:00:00.000Z') } }),
  find('from a date on', { played: { $gte: day('2020-02-01T10:00:00.000Z') } }),
  find('not equal', { title: { $ne: 'Alpha' } }),
  find('not equal to null', { note: { $ne: null } }),
  find('not equal to a pointer', { studio: { $ne: pointer('ParStudio', '{north}') } }),
  find('in a list', { title: { $in: ['Alpha', 'Gamma'] } }),
  find('in an empty list', { title: { $in: [] } }),
  find('in a list of numbers', { score: { $in: [10, 20] } }),
  find('in a list of pointers', { studio: { $in: [pointer('ParStudio', '{north}')] } }),
  find('not in a list', { title: { $nin: ['Alpha', 'Gamma'] } }),
  find('not in an empty list', { title: { $nin: [] } }),
  find('a list contains all', { tags: { $all: ['red', 'blue'] } }),
  find('a list contains all that begin with', { tags: { $all: [{ $regex: '^\\Qre\\E' }] } }),
  find('a list is contained', { tags: { $containedBy: ['red', 'blue', 'green'] } }),
  find('a field exists', { note: { $exists: true } }),
  find('a field does not exist', { studio: { $exists: false } }),
  find('by a regular expression', { title: { $regex: 'a$' } }),
  find('by a regular expression without case', { title: { $regex: '^E', $options: 'i' } }),
  find('begins with', { title: { $regex: '^\\QZeta 100%\\E' } }),
  find('contains', { title: { $regex: '\\Qlph\\E' } }),
  find('or', { $or: [{ title: 'Alpha' }, { score: 20 }] }),
  find('and', { $and: [{ won: true }, { score: { $gt: 10 } }] }),
  find('nor', { $nor: [{ title: 'Alpha' }, { score: 20 }] }),
  find('or with another condition', { won: true, $or: [{ score: 10 }, { score: 30 }] }),
  find('or within and', { $and: [{ $or: [{ score: 10 }, { score: 20 }] }, { won: false }] }),
  find('in a query', { studio: { $inQuery: { className: 'ParStudio', where: { city: 'Oslo' } } } }),
  find('not in a query', { studio: { $notInQuery: { className: 'ParStudio', where: { city: 'Oslo' } } } }),
  find('select of another class', {
    title: { $select: { query: { className: 'ParGame', where: { score: 10 } }, key: 'title' } },
  }),
  find('dontSelect of another class', {
    title: { $dontSelect: { query: { className: 'ParGame', where: { score: 10 } }, key: 'title' } },
  }),
  find('by id', { objectId: '{alpha}' }),
  find('by ids', { objectId: { $in: ['{alpha}', '{beta}'] } }),
  find('by creation', { createdAt: { $gt: day('2001-01-01T00:00:00.000Z') } }),
  find('relative time', { createdAt: { $gt: { $relativeTime: '12 days ago' } } }),
  find('related to', { $relatedTo: { object: pointer('ParGame', '{alpha}'), key: 'partners' } }),
  find('of a relation', { partners: pointer('ParStudio', '{south}') }),
  find('not', { score: { $not: { $gt: 10 } } }),
  find('equal by operator', { title: { $eq: 'Alpha' } }),
  find('an object', { meta: { level: 2 } }),
  find('the whole list', { tags: ['blue'] }),
];

const shapes = [
  find('ascending', {}, { order: 'score' }),
  find('descending', {}, { order: '-score' }),
  find('by two columns', {}, { order: 'won,-score' }),
  find('by an unknown column', {}, { order: 'nothing' }),
  find('by a nested field', { 'meta.level': { $exists: true } }, { order: '-meta.level' }),
  find('limit', {}, { limit: 2 }),
  find('limit zero', {}, { limit: 0 }),
  find('limit zero with count', {}, { limit: 0, count: 1 }),
  find('limit and count', { won: true }, { limit: 1, count: 1 }),
  find('skip', {}, { skip: 2 }),
  find('skip behind the end', {}, { skip: 100 }),
  find('skip and limit', {}, { skip: 1, limit: 2 }),
  find('keys', {}, { keys: 'title,score' }),
  find('keys of a pointer', { title: 'Alpha' }, { keys: 'title,studio.name', include: 'studio' }),
  find('an unknown key', {}, { keys: 'nothing' }),
  find('excluded keys', {}, { excludeKeys: 'meta,tags' }),
  find('include', {}, { include: 'studio' }),
  find('include of two', { title: 'Alpha' }, { include: 'studio,owner' }),
  find('include all', { title: 'Beta' }, { include: '*' }),
  find('include by includeAll', { title: 'Beta' }, { includeAll: true }),
  find('include of an unknown column', { title: 'Beta' }, { include: 'nothing' }),
  find('a query that explains nothing', { title: 'Alpha' }, { redirectClassNameForKey: 'studio' }),
];

const inAllStyles = inStyles(ALL_STYLES, [
  find('in every way: a number between', { score: { $gte: 10, $lte: 30 } }, { limit: 3 }),
  find('in every way: a text', { title: 'Alpha' }),
  find(
    'in every way: include and keys',
    { title: { $in: ['Alpha', 'Beta'] } },
    { include: 'studio', keys: 'title,studio' },
  ),
  find('in every way: count', { won: true }, { limit: 0, count: 1 }),
  find('in every way: in a query', { studio: { $inQuery: { className: 'ParStudio', where: { city: 'Rome' } } } }),
  find('in every way: dates', { played: { $gt: day('2020-01-15T00:00:00.000Z') } }),
  find('in every way: or', { $or: [{ title: 'Alpha' }, { title: 'Beta' }] }, { order: '-title' }),
  find('in every way: skip', {}, { skip: 1, limit: 1 }),
]);

export const QUERIES = [...operators, ...shapes, ...inAllStyles];
