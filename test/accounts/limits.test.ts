/** Pure: no server. The limiter counts in memory here; with Redis it is the same code path behind another store. */
import type { IncomingMessage } from 'node:http';

const load = (env: Record<string, string>) => {
  jest.resetModules();
  Object.assign(process.env, {
    NODE_ENV: 'test',
    DATABASE_URI: 'postgres://localhost/none',
    JWT_SECRET: 'a secret for tests only, of good length',
    PARSE_MASTER_KEY: 'test-master-key',
    ...env,
  });
  return {
    ...jest.requireActual<typeof import('../../core/limits')>('../../core/limits'),
    ...jest.requireActual<typeof import('../../core/auth/client-address')>('../../core/auth/client-address'),
  };
};

const request = (remoteAddress: string, forwarded?: string): IncomingMessage =>
  ({
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    socket: { remoteAddress },
    connection: { remoteAddress },
  }) as unknown as IncomingMessage;

describe('buckets', () => {
  test('a person has the number of requests a minute that is configured', async () => {
    const { chargeUser, limitHeaders } = load({ RATE_LIMIT_USER_MAX: '3', RATE_LIMIT_MAX: '100' });
    await chargeUser('u1');
    const state = await chargeUser('u1', 2);
    expect(state).toMatchObject({ limit: 3, remaining: 0, windowSeconds: 60 });
    expect(limitHeaders(state)).toMatchObject({
      'RateLimit-Policy': '"user";q=3;w=60',
      RateLimit: `"user";r=0;t=${state.resetSeconds}`,
      'X-RateLimit-Limit': '3',
      'X-RateLimit-Remaining': '0',
    });
    await expect(chargeUser('u1')).rejects.toMatchObject({ code: 'RATE_LIMITED', status: 429 });
    await expect(chargeUser('u1')).rejects.toHaveProperty('retryAfterSeconds', expect.any(Number));
    await expect(chargeUser('u2')).resolves.toMatchObject({ remaining: 2 });
  });

  test('an IPv6 subscriber has one bucket, however many addresses he takes', async () => {
    const { chargeIp } = load({ RATE_LIMIT_MAX: '100', RATE_LIMIT_USER_MAX: '1000' });
    for (let n = 0; n < 100; n += 1) await chargeIp(`2001:db8:1:2::${n.toString(16)}`);
    await expect(chargeIp('2001:db8:1:2:ffff:1:2:3')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await expect(chargeIp('2001:db8:1:3::1')).resolves.toMatchObject({ remaining: 99 });
  });

  test('an account is guessed at ten times from one address and fifty times from all', async () => {
    const { chargeAccount } = load({ RATE_LIMIT_MAX: '100' });
    for (let n = 0; n < 10; n += 1) await chargeAccount('192.0.2.1', ' Ada@Example.com ');
    await expect(chargeAccount('192.0.2.1', 'ada@example.com')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    for (let n = 0; n < 40; n += 1) await chargeAccount(`198.51.100.${n}`, 'ada@example.com');
    await expect(chargeAccount('203.0.113.1', 'ada@example.com')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await expect(chargeAccount('192.0.2.1', 'bob@example.com')).resolves.toBeTruthy();
  });

  test('a right password takes its try back', async () => {
    const { chargeAccount, forgiveAccount } = load({ RATE_LIMIT_MAX: '100' });
    for (let n = 0; n < 30; n += 1) {
      await chargeAccount('192.0.2.9', 'eve@example.com');
      await forgiveAccount('192.0.2.9', 'eve@example.com');
    }
  });
});

describe('the address of a client', () => {
  const rotate = (clientAddress: (req: IncomingMessage) => string, from: string, tail = '') =>
    new Set(Array.from({ length: 1000 }, (_, n) => clientAddress(request(from, `10.9.${n >> 8}.${n & 255}${tail}`))));

  test('is the connection’s when no proxy is trusted, whatever the header says', () => {
    const { clientAddress } = load({ TRUST_PROXY: '0' });
    expect([...rotate(clientAddress, '203.0.113.7')]).toEqual(['203.0.113.7']);
  });

  test('is what the trusted proxy saw, not what the client wrote before it', () => {
    const { clientAddress } = load({ TRUST_PROXY: '1' });
    expect([...rotate(clientAddress, '127.0.0.1', ', 203.0.113.7')]).toEqual(['203.0.113.7']);
  });

  test('is found behind a list of proxies, and a stranger’s header is ignored', () => {
    const { clientAddress } = load({ TRUST_PROXY: '10.0.0.0/8, 127.0.0.1' });
    expect(clientAddress(request('10.1.1.1', '6.6.6.6, 203.0.113.7, 10.2.2.2'))).toBe('203.0.113.7');
    expect([...rotate(clientAddress, '203.0.113.8')]).toEqual(['203.0.113.8']);
  });

  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:DB8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['junk', 'unknown'],
    ['', 'unknown'],
  ])('%s counts as %s', (given, bucket) => {
    expect(load({}).addressBucket(given)).toBe(bucket);
  });
});
