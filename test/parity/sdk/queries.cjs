const games = (Parse) => new Parse.Query('ParGame').ascending('title');
const titles = async (query) => (await query.find()).map((row) => row.get('title'));
const by = (change) => (Parse, side) => {
  const query = games(Parse);
  change(query, Parse, side);
  return titles(query);
};
const studio = (Parse, names, name) => Parse.Object.extend('ParStudio').createWithoutData(names[name]);

module.exports = {
  find: by(() => {}),
  equalTo: by((query) => query.equalTo('title', 'Alpha')),
  notEqualTo: by((query) => query.notEqualTo('title', 'Alpha')),
  'greaterThan and lessThan': by((query) => query.greaterThan('score', 0).lessThan('score', 30)),
  'greaterThanOrEqualTo and lessThanOrEqualTo': by((query) =>
    query.greaterThanOrEqualTo('score', 0).lessThanOrEqualTo('score', 30),
  ),
  containedIn: by((query) => query.containedIn('score', [10, 20])),
  notContainedIn: by((query) => query.notContainedIn('score', [10, 20])),
  containedBy: by((query) => query.containedBy('tags', ['red', 'blue'])),
  containsAll: by((query) => query.containsAll('tags', ['red', 'blue'])),
  containsAllStartingWith: by((query) => query.containsAllStartingWith('tags', ['re', 'bl'])),
  exists: by((query) => query.exists('note')),
  doesNotExist: by((query) => query.doesNotExist('studio')),
  startsWith: by((query) => query.startsWith('title', 'Be')),
  endsWith: by((query) => query.endsWith('title', 'ta')),
  contains: by((query) => query.contains('title', 'lph')),
  matches: by((query) => query.matches('title', /^e/i)),
  'a pointer': by((query, Parse, { names }) => query.equalTo('studio', studio(Parse, names, 'north'))),
  matchesQuery: by((query, Parse) =>
    query.matchesQuery('studio', new Parse.Query('ParStudio').equalTo('city', 'Rome')),
  ),
  doesNotMatchQuery: by((query, Parse) =>
    query.doesNotMatchQuery('studio', new Parse.Query('ParStudio').equalTo('city', 'Rome')),
  ),
  matchesKeyInQuery: by((query, Parse) =>
    query.matchesKeyInQuery('title', 'title', new Parse.Query('ParGame').equalTo('won', true)),
  ),
  doesNotMatchKeyInQuery: by((query, Parse) =>
    query.doesNotMatchKeyInQuery('title', 'title', new Parse.Query('ParGame').equalTo('won', true)),
  ),
  'dates between': by((query) =>
    query.greaterThan('played', new Date('2020-01-15T00:00:00Z')).lessThan('played', new Date('2020-12-01T00:00:00Z')),
  ),
  'nested keys': by((query) => query.equalTo('meta.level', 2)),
  limit: by((query) => query.limit(2)),
  skip: by((query) => query.skip(2)),
  descending: (Parse) => titles(new Parse.Query('ParGame').descending('score')),
  'two orders': (Parse) => titles(new Parse.Query('ParGame').ascending('won').addDescending('score')),
  or: (Parse) => {
    const [a, b] = [10, 20].map((score) => new Parse.Query('ParGame').equalTo('score', score));
    return titles(Parse.Query.or(a, b).ascending('title'));
  },
  and: (Parse) =>
    titles(
      Parse.Query.and(
        new Parse.Query('ParGame').equalTo('won', true),
        new Parse.Query('ParGame').lessThan('score', 20),
      ).ascending('title'),
    ),
  nor: (Parse) =>
    titles(
      Parse.Query.nor(
        new Parse.Query('ParGame').equalTo('won', true),
        new Parse.Query('ParGame').lessThan('score', 20),
      ).ascending('title'),
    ),
  first: async (Parse) => games(Parse).first(),
  'first of none': async (Parse) => (await games(Parse).equalTo('title', 'Nothing').first()) === undefined,
  count: (Parse) => games(Parse).equalTo('won', true).count(),
  withCount: async (Parse) => (await games(Parse).withCount().limit(1).find()).count,
  get: (Parse, { names }) => games(Parse).get(names.alpha),
  'get of what is not there': (Parse) => games(Parse).get('xxxxxxxxxx'),
  select: (Parse) => games(Parse).select('title').limit(2).find(),
  exclude: (Parse) => games(Parse).exclude('meta', 'tags', 'score').limit(2).find(),
  include: async (Parse) =>
    (await games(Parse).include('studio').equalTo('title', 'Alpha').first()).get('studio').get('city'),
  includeAll: async (Parse) =>
    (await games(Parse).includeAll().equalTo('title', 'Beta').first()).get('studio').get('city'),
  each: async (Parse) => {
    const seen = [];
    await new Parse.Query('ParGame').each((row) => void seen.push(row.get('title')));
    return seen.sort();
  },
  eachBatch: async (Parse) => {
    const sizes = [];
    await new Parse.Query('ParGame').eachBatch((rows) => void sizes.push(rows.length), { batchSize: 4 });
    return sizes;
  },
  findAll: async (Parse) => (await new Parse.Query('ParGame').findAll({ batchSize: 2 })).length,
  map: async (Parse) => (await new Parse.Query('ParGame').map((row) => row.get('score'))).sort(),
  'distinct by the master key': async (Parse) =>
    (await new Parse.Query('ParGame').distinct('won', { useMasterKey: true })).sort(),
  'aggregate by the master key': (Parse) =>
    new Parse.Query('ParGame').aggregate(
      [{ $match: { score: { $gt: 15 } } }, { $sort: { title: 1 } }, { $project: { title: 1 } }],
      { useMasterKey: true },
    ),
  'aggregate by a client': (Parse) => new Parse.Query('ParGame').aggregate([{ $match: {} }], { useMasterKey: false }),
  'a query from JSON': (Parse) =>
    titles(Parse.Query.fromJSON('ParGame', { where: { score: { $gt: 15 } }, order: 'title' })),
  'an unknown class': (Parse) => new Parse.Query('ParNoSdkClass').find(),
  'a closed class': (Parse) => new Parse.Query('ParClosed').find(),
};
