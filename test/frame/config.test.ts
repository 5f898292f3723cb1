import { testServer } from '../harness/app';
import { freePort } from '../harness/free-port';
import { runServerToItsEnd } from './support/extra-server';
import net from 'node:net';

const FAULTY = {
  PORT: 'many',
  JWT_SECRET: 'short',
  LOG_LEVEL: 'loud',
  RATE_LIMIT_MAX: '-1',
  TRUST_PROXY: 'true',
  DATABASE_URI: 'mysql://x',
};

it('refuses to start and lists every fault of the environment at once', async () => {
  const { code, output } = await runServerToItsEnd({ ...testServer().env, ...FAULTY });
  expect(code).toBe(1);
  expect(output).toContain(`The configuration has ${Object.keys(FAULTY).length + 1} fault(s)`);
  for (const name of Object.keys(FAULTY)) expect(output).toContain(`- ${name}: `);
  // The seventh: no database is left.
  expect(output).toContain('- No database');
  expect(output).not.toMatch(/at .*\.js:\d+/);
});

it('wants every secret in production, and hashes that are dear to guess at', async () => {
  const { PATH, DATABASE_URI } = testServer().env;
  const { code, output } = await runServerToItsEnd({
    PATH: PATH!,
    DATABASE_URI: DATABASE_URI!,
    NODE_ENV: 'production',
    PASSWORD_HASH_COST: '9',
  });
  expect(code).toBe(1);
  expect(output).toContain('- PASSWORD_HASH_COST: at least 10 in production.');
  for (const name of ['JWT_SECRET', 'PARSE_MASTER_KEY', 'ADMIN_PASSWORD']) {
    expect(output).toContain(`- ${name}: required in production`);
  }
});

it('refuses MongoDB without Redis, saying what to set', async () => {
  const env = { ...testServer().env, MONGODB_URL: 'mongodb://127.0.0.1:1/x', REDIS_URL: '', REDIS_HOST: '' };
  const { code, output } = await runServerToItsEnd(env);
  expect(code).toBe(1);
  expect(output).toContain('set REDIS_URL');
});

it('refuses a storage of files that is not there, or not described', async () => {
  const { DATABASE_URI: _named, MONGODB_URL: _other, ...rest } = testServer().env;
  const env = { ...rest, DATABASE_URI: 'postgres://127.0.0.1:1/x' };
  const gridfs = await runServerToItsEnd({ ...env, FILE_STORAGE: 'gridfs' });
  expect([gridfs.code, gridfs.output]).toEqual([1, expect.stringContaining('gridfs lies in MongoDB')]);
  const s3 = await runServerToItsEnd({
    ...env,
    FILE_STORAGE: 's3',
    S3_BUCKET: 'b',
    S3_SECRET_ACCESS_KEY: 'canary-secret',
  });
  expect([s3.code, s3.output]).toEqual([1, expect.stringContaining('S3_ACCESS_KEY_ID: required')]);
  expect(s3.output).not.toContain('canary-secret');
});

it('tells of a taken port and exits with a fault', async () => {
  const port = await freePort();
  const taken = net.createServer().listen(port, '127.0.0.1');
  const { code, output } = await runServerToItsEnd({ ...testServer().env, PORT: String(port) });
  taken.close();
  expect(code).toBe(1);
  expect(output).toContain(`Port ${port} is taken`);
});

it('prints no secret when it refuses', async () => {
  const secret = 'canary-0123456789-canary';
  const { output } = await runServerToItsEnd({ ...testServer().env, JWT_SECRET: secret, PORT: 'many' });
  expect(output).not.toContain(secret);
});
