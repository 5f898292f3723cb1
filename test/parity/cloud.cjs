// The app's own cloud code, the same for both servers.
/* global Parse */
const { define, job, beforeSave, afterSave, beforeDelete, afterDelete, beforeFind, afterFind, beforeLogin } =
  Parse.Cloud;

define('parEcho', ({ params }) => params);
define('parNothing', () => undefined);
define('parNull', () => null);
define('parNumber', () => 42);
define('parText', () => 'text');
define('parList', () => [1, 'two', { three: 3 }, null]);
define('parDate', () => new Date('2020-01-02T03:04:05.678Z'));
define('parNested', () => ({ at: new Date('2020-01-02T03:04:05.678Z'), list: [new Parse.GeoPoint(1, 2)] }));
define('parObject', async () => new Parse.Query('ParStudio').equalTo('name', 'North').first({ useMasterKey: true }));
define('parObjects', async () => new Parse.Query('ParStudio').ascending('name').find({ useMasterKey: true }));
define('parPointer', async ({ params }) => ({ link: Parse.Object.extend('ParStudio').createWithoutData(params.id) }));
define('parFile', () => ({
  file: Parse.File.fromJSON({ __type: 'File', name: 'x.txt', url: 'https://example.com/x.txt' }),
}));
define('parTypes', ({ params }) =>
  Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      value === null ? 'null' : (value?.constructor?.name ?? typeof value),
    ]),
  ),
);
define('parError', () => {
  throw new Error('a plain error');
});
define('parParseError', () => {
  throw new Parse.Error(1234, 'a code of its own');
});
define('parNotFound', () => {
  throw new Parse.Error(Parse.Error.OBJECT_NOT_FOUND, 'nothing here');
});
define('parThrowsText', () => {
  throw 'only a text';
});
define('parThrowsObject', () => {
  throw { code: 4711, message: 'an object' };
});
define('parRejects', () => Promise.reject(new Parse.Error(141, 'rejected')));
define('parResponds', (request, response) => response.success({ fine: true }));
define('parRefuses', (request, response) => response.error('refused'));
define('parStatus', (request, response) => {
  response.status(202).header('X-Par', 'yes').success('accepted');
});
define('parWho', ({ user, master, installationId, functionName }) => ({
  user: user?.id ?? null,
  username: user?.get('username') ?? null,
  master: Boolean(master),
  installationId: installationId ?? null,
  functionName,
}));
define('parCalls', () => Parse.Cloud.run('parNumber'));
define('parHeaders', ({ headers }) => headers['x-par-own'] ?? null);
define('parSaves', async ({ params }) => {
  const row = await new Parse.Object('ParNote').save({ text: params.text, n: 1 }, { useMasterKey: true });
  row.increment('n', 4);
  await row.save(null, { useMasterKey: true });
  return row.toJSON();
});
define(
  'parAsUser',
  async ({ user }) =>
    (await new Parse.Query('ParGame').equalTo('title', 'Hidden').find({ sessionToken: user?.getSessionToken() }))
      .length,
);
define('parQueryUser', async ({ user }) =>
  (await new Parse.Query(Parse.User).get(user.id, { useMasterKey: true })).getUsername(),
);

define('parNeedsUser', () => 'fine', { requireUser: true });
define('parNeedsMaster', () => 'fine', { requireMaster: true });
define('parNeedsRole', () => 'fine', { requireAnyUserRoles: ['editors'] });
define('parNeedsKeys', () => 'fine', { requireUser: true, requireUserKeys: ['username', 'nickname'] });
define('parFields', ({ params }) => params, {
  fields: {
    n: { type: Number, required: true, options: (n) => n > 0, error: 'n must be above zero' },
    color: { type: String, default: 'red', options: ['red', 'blue'] },
    fixed: { type: String, constant: true, default: 'set' },
  },
});
define('parFieldList', ({ params }) => params, { fields: ['a', 'b'] });
define(
  'parFunctionValidator',
  () => 'fine',
  ({ params }) => {
    if (params.pass !== 'open') throw 'no pass';
  },
);

job('parJob', async ({ message }) => {
  message('at work');
  return 'done';
});
job('parBadJob', async () => {
  throw new Error('the job failed');
});

beforeSave('ParTrigger', ({ object, original, user, master, context }) => {
  const text = object.get('text');
  if (text === 'refuse') throw new Parse.Error(4242, 'refused by the trigger');
  if (text === 'refuse plainly') throw new Error('refused plainly');
  if (text === 'refuse by text') throw 'refused by text';
  if (text === 'upper') object.set('text', 'UPPER');
  if (text === 'unset') object.unset('n');
  if (text === 'count') object.increment('n', 10);
  if (text === 'who') object.set('o', { user: user?.id ?? null, master: Boolean(master), isNew: !original });
  if (text === 'context') object.set('o', context);
  if (text === 'dirty') object.set('list', object.dirtyKeys().sort());
});
afterSave('ParTrigger', async ({ object, original }) => {
  if (object.get('text') === 'after fails') throw new Error('after');
  if (object.get('text') !== 'log') return;
  await new Parse.Object('ParNote').save(
    { text: `log of ${object.id}`, flag: Boolean(original) },
    { useMasterKey: true },
  );
});
beforeDelete('ParTrigger', ({ object }) => {
  if (object.get('flag')) throw new Parse.Error(4243, 'flagged rows stay');
});
afterDelete('ParTrigger', async ({ object }) => {
  if (object.get('text') !== 'log delete') return;
  await new Parse.Object('ParNote').save({ text: `deleted ${object.id}` }, { useMasterKey: true });
});
beforeFind('ParTrigger', ({ query }) => {
  const where = query.toJSON().where;
  if (where.text === 'find refused') throw new Parse.Error(4244, 'not this');
  if (where.text === 'find none') query.equalTo('n', -999);
});
afterFind('ParTrigger', ({ objects }) =>
  objects.map((object) => {
    if (object.get('text') === 'masked') object.set('text', 'xxx');
    return object;
  }),
);
beforeSave('ParReadOnly', ({ object }) => object.set('flag', true));
beforeSave(
  'ParSignedIn',
  ({ object }) => {
    object.set('flag', true);
  },
  { fields: { n: { type: Number, error: 'n is a number' } } },
);
beforeLogin(({ object }) => {
  if (object.get('username').startsWith('barred')) throw new Parse.Error(4245, 'barred by the app');
});
