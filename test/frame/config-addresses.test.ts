import { readConfig } from '../../core/config';

const REDIS = { REDIS_URL: 'redis://cache:6379' };
const read = (env: Record<string, string>) => readConfig(env);

describe('the address of MongoDB', () => {
  it.each([
    ['mongodb://db:27017/shop', 'mongodb://a%40b:p%2Fw@db:27017/shop'],
    ['mongodb://db1:1,db2:2/shop?replicaSet=rs0', 'mongodb://a%40b:p%2Fw@db1:1,db2:2/shop?replicaSet=rs0'],
    ['mongodb+srv://db/shop', 'mongodb+srv://a%40b:p%2Fw@db/shop'],
    ['mongodb://own:secret@db/shop', 'mongodb://own:secret@db/shop'],
  ])('%s takes MONGODB_USER and MONGODB_PASSWORD unless it has its own', (url, expected) => {
    const env = { ...REDIS, MONGODB_URL: url, MONGODB_USER: 'a@b', MONGODB_PASSWORD: 'p/w' };
    expect(read(env).database).toMatchObject({ kind: 'mongo', uri: expected });
  });

  it('is not asked for by credentials alone', () => {
    const env = { DATABASE_URI: 'postgres://db/shop', MONGODB_USER: 'a', MONGODB_PASSWORD: 'b' };
    expect(read(env).database).toEqual({ kind: 'postgres', uri: 'postgres://db/shop', patienceMs: 2800, loads: 10 });
  });
});

describe('the address of Redis', () => {
  const base = { DATABASE_URI: 'postgres://db/shop' };

  it.each([
    [{}, undefined],
    [{ REDIS_ADDR: 'cache:7000', REDIS_PASSWORD: 'p/w' }, 'redis://:p%2Fw@cache:7000/1'],
    [{ REDIS_ADDR: 'cache:7000', REDIS_HOST: 'other' }, 'redis://other:6379/1'],
    [{ REDIS_ADDR: 'cache:7000', REDIS_URL: 'redis://own:1' }, 'redis://own:1/1'],
  ])('of %j is %s', (env, queueUrl) => {
    expect(read({ ...base, ...env }).redis?.queueUrl).toBe(queueUrl);
  });
});
