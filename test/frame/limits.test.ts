import { randomInt } from 'node:crypto';
import { ADMIN, type Answer } from '../harness/app';
import { uniqueEmail } from '../factories/ids';
import { buildPerson, buildTenant } from '../factories/people';
import { startExtraServer, type ExtraServer } from './support/extra-server';

const ANONYMOUS_MAX = 10;
const USER_MAX = 40;
const SETTINGS = {
  RATE_LIMIT_MAX: String(ANONYMOUS_MAX),
  RATE_LIMIT_USER_MAX: String(USER_MAX),
  RATE_LIMIT_WINDOW_MS: '600000',
};

const APP = { 'X-Parse-Application-Id': 'appbackend' };
const anAddress = (): string => `198.18.${randomInt(256)}.${randomInt(1, 255)}`;
const anyone = (address: string): Record<string, string> => ({ ...APP, 'X-Forwarded-For': address });

/** Any route of the API that costs a request and needs no account. */
const REFUSED = '/api/queue/dead-letter';

describe('behind a proxy that is trusted', () => {
  let server: ExtraServer;

  beforeAll(async () => {
    server = await startExtraServer({ ...SETTINGS, TRUST_PROXY: '1', OPS_ROUTES_PUBLIC: 'off' });
  });
  afterAll(() => server.stop());

  async function freshAccount(address = anAddress()): Promise<Record<string, string>> {
    const made = await server.api('POST', '/api/auth/register', { body: buildPerson(), headers: anyone(address) });
    expect(made.status).toBe(201);
    return { ...APP, Authorization: `Bearer ${made.body.access_token}`, 'X-Forwarded-For': anAddress() };
  }

  const remaining = (answer: Answer): number => Number(answer.headers.get('x-ratelimit-remaining'));

  it('tells every caller where he stands', async () => {
    const headers = anyone(anAddress());
    const answer = await server.api('GET', REFUSED, { headers });
    expect(answer.headers.get('x-ratelimit-limit')).toBe(String(ANONYMOUS_MAX));
    expect(remaining(answer)).toBe(ANONYMOUS_MAX - 1);
    expect(Number(answer.headers.get('x-ratelimit-reset'))).toBeGreaterThan(0);
    expect(answer.headers.get('ratelimit-policy')).toBe(`"ip";q=${ANONYMOUS_MAX};w=600`);
    expect(answer.headers.get('ratelimit')).toMatch(new RegExp(`^"ip";r=${ANONYMOUS_MAX - 1};t=\\d+$`));
  });

  it('refuses the address that asks too often, saying for how long', async () => {
    const headers = anyone(anAddress());
    for (let n = 0; n < ANONYMOUS_MAX; n += 1) {
      expect((await server.api('GET', REFUSED, { headers })).status).toBe(401);
    }
    const answer = await server.api('GET', REFUSED, { headers });
    expect(answer.status).toBe(429);
    expect(answer.body.error).toMatchObject({ code: 'RATE_LIMITED', details: { policy: 'ip', limit: ANONYMOUS_MAX } });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answer.headers.get('x-ratelimit-limit')).toBe(String(ANONYMOUS_MAX));
    expect(remaining(answer)).toBe(0);
    expect(answer.headers.get('x-ratelimit-reset')).toBe(answer.headers.get('retry-after'));
    // Both doors count into one bucket; Parse's form, and the same header.
    const parse = await server.api('POST', '/parse/functions/getHealth', { headers, body: {} });
    expect(parse.status).toBe(429);
    expect(parse.body.code).toBe(155);
    expect(Number(parse.headers.get('retry-after'))).toBeGreaterThan(0);
    expect([parse.headers.get('x-ratelimit-limit'), remaining(parse)]).toEqual([String(ANONYMOUS_MAX), 0]);
  });

  it('counts a signed-in person apart from the address', async () => {
    const address = anAddress();
    const account = { ...(await freshAccount()), 'X-Forwarded-For': address };
    for (let n = 0; n <= ANONYMOUS_MAX; n += 1) await server.api('GET', REFUSED, { headers: anyone(address) });
    const answer = await server.api('GET', REFUSED, { headers: account });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('x-ratelimit-limit')).toBe(String(USER_MAX));
  });

  describe('the limit of a tenant', () => {
    const TENANT_MAX = 6;
    const master = { ...APP, 'X-Parse-Master-Key': 'test-master-key' };

    async function limitedTenant(rateLimit: number): Promise<string> {
      const body = buildTenant({ rate_limit: rateLimit });
      return (await server.api('POST', '/parse/classes/Tenant', { headers: master, body })).body.objectId;
    }

    async function memberOf(tenantId: string, roles: string[] = []): Promise<Record<string, string>> {
      const credentials = buildPerson();
      const login = async (body: object) =>
        (await server.api('POST', '/api/auth/login', { body, headers: anyone(anAddress()) })).body.access_token;
      const body = { ...credentials, tenant: tenantId, roles };
      expect((await server.api('POST', '/api/users', { token: await login(ADMIN), body })).status).toBe(201);
      return { ...APP, Authorization: `Bearer ${await login(credentials)}` };
    }

    it('is shared by its people, through both doors, beside each one’s own', async () => {
      const tenantId = await limitedTenant(TENANT_MAX);
      const [one, other] = [await memberOf(tenantId), await memberOf(tenantId)];
      const first = await server.api('GET', '/api/users/me', { headers: one });
      expect(first.headers.get('ratelimit-policy')).toBe(`"tenant";q=${TENANT_MAX};w=60`);
      expect(remaining(first)).toBe(TENANT_MAX - 1);
      const requests = Array.from({ length: TENANT_MAX - 1 }, () => ({ method: 'GET', path: '/parse/users/me' }));
      await server.api('POST', '/parse/batch', { headers: other, body: { requests } });
      const refused = await server.api('GET', '/api/users/me', { headers: one });
      expect(refused.status).toBe(429);
      expect(refused.body.error.details).toMatchObject({ policy: 'tenant', limit: TENANT_MAX });
      expect((await server.api('GET', '/api/users/me', { headers: await freshAccount() })).status).toBe(200);
    });

    it('does not stop platform administrators in it, and can be lifted', async () => {
      const tenantId = await limitedTenant(1);
      const [admin, person] = [await memberOf(tenantId, ['admin']), await memberOf(tenantId)];
      for (let n = 0; n < 3; n += 1) {
        expect((await server.api('GET', '/api/users/me', { headers: admin })).status).toBe(200);
      }
      const statuses = [];
      for (let n = 0; n < 2; n += 1)
        statuses.push((await server.api('GET', '/api/users/me', { headers: person })).status);
      expect(statuses).toEqual([200, 429]);
      const body = { rate_limit: { __op: 'Delete' } };
      await server.api('PUT', `/parse/classes/Tenant/${tenantId}`, { headers: master, body });
      expect((await server.api('GET', '/api/users/me', { headers: person })).status).toBe(200);
    });
  });

  it('counts bad credentials to the address', async () => {
    const headers = { ...anyone(anAddress()), Authorization: 'Bearer junk' };
    const statuses = [];
    for (let n = 0; n <= ANONYMOUS_MAX; n += 1) statuses.push((await server.api('GET', REFUSED, { headers })).status);
    expect(statuses).toEqual([...Array<number>(ANONYMOUS_MAX).fill(401), 429]);
  });

  it('does not count probes', async () => {
    const headers = anyone(anAddress());
    for (let n = 0; n < ANONYMOUS_MAX * 2; n += 1) {
      expect((await server.api('GET', '/health/live', { headers })).status).toBe(200);
    }
  });

  describe('a batch', () => {
    const batch = (path: string, count: number): object => ({
      requests: Array.from({ length: count }, () => ({ method: 'POST', path, body: {} })),
    });
    const HEALTH = '/parse/functions/getHealth';

    it('costs its sub-requests', async () => {
      const headers = await freshAccount();
      const answer = await server.api('POST', '/parse/batch', { headers, body: batch(HEALTH, 15) });
      expect(answer.body).toHaveLength(15);
      expect(remaining(answer)).toBe(USER_MAX - 15);
    });

    it('is refused as a whole where they are too many', async () => {
      const headers = await freshAccount();
      const answer = await server.api('POST', '/parse/batch', { headers, body: batch(HEALTH, USER_MAX + 1) });
      expect(answer.status).toBe(429);
    });

    it.each([
      ['a doubled slash', '/parse//batch', {}],
      ['capitals', '/parse/BATCH', {}],
      ['a slash at the end', '/parse/batch/', {}],
      ['another content type', '/parse/batch', { 'Content-Type': 'text/xml' }],
      ['no content type worth the name', '/parse/batch', { 'Content-Type': 'application/octet-stream' }],
      ['JSON with a vendor’s name', '/parse/batch', { 'Content-Type': 'application/vnd.x+json' }],
      ['a form’s content type', '/parse/batch', { 'Content-Type': 'application/x-www-form-urlencoded' }],
      ['a multipart content type', '/parse/batch', { 'Content-Type': 'multipart/form-data; boundary=x' }],
    ])('is no cheaper by %s', async (_name, route, more) => {
      const account = await freshAccount();
      const body = JSON.stringify(batch(HEALTH, 15));
      const headers = { ...account, 'Content-Type': 'application/json', ...more };
      const answer = await server.api('POST', route, { headers, body });
      const ran = Array.isArray(answer.body) ? answer.body.length : 0;
      expect(remaining(answer)).toBeLessThanOrEqual(USER_MAX - Math.max(1, ran));
    });
  });

  describe('guessing a password', () => {
    type Try = (email: string, headers: Record<string, string>) => Promise<number>;
    const password = 'Wrong-horse-42';
    const doors: [string, Try][] = [
      [
        '/api/auth/login',
        async (email, headers) =>
          (await server.api('POST', '/api/auth/login', { headers, body: { email, password } })).status,
      ],
      [
        '/parse/login',
        async (username, headers) =>
          (await server.api('POST', '/parse/login', { headers, body: { username, password } })).status,
      ],
      [
        '/parse/login by GET',
        async (username, headers) =>
          (await server.api('GET', `/parse/login?username=${username}&password=${password}`, { headers })).status,
      ],
      [
        '/parse//login',
        async (username, headers) =>
          (await server.api('POST', '/parse//login', { headers, body: { username, password } })).status,
      ],
      [
        '/parse/login as text/xml',
        async (username, headers) =>
          (
            await server.api('POST', '/parse/login', {
              headers: { ...headers, 'Content-Type': 'text/xml' },
              body: JSON.stringify({ username, password }),
            })
          ).status,
      ],
      [
        '/parse/login as a form',
        async (username, headers) =>
          (
            await server.api('POST', '/parse/login', {
              headers: { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' },
              body: new URLSearchParams({ username, password }).toString(),
            })
          ).status,
      ],
      [
        '/parse/verifyPassword',
        async (username, headers) =>
          (await server.api('GET', `/parse/verifyPassword?username=${username}&password=${password}`, { headers }))
            .status,
      ],
      [
        'a batch',
        async (username, headers) =>
          (
            await server.api('POST', '/parse/batch', {
              headers,
              body: { requests: [{ method: 'POST', path: '/parse/login', body: { username, password } }] },
            })
          ).status,
      ],
      [
        'a batch with a crooked path',
        async (username, headers) =>
          (
            await server.api('POST', '/parse/batch', {
              headers,
              body: { requests: [{ method: 'POST', path: '/parse/x/../login', body: { username, password } }] },
            })
          ).status,
      ],
      [
        'GraphQL',
        async (username, headers) => (await logInByGraphql(headers, { input: { username, password } })).status,
      ],
      [
        'the cloud function',
        async (email, headers) =>
          (await server.api('POST', '/parse/functions/login', { headers, body: { email, password } })).status,
      ],
    ];

    const logInByGraphql = (headers: Record<string, string>, variables: object) => {
      const query = 'mutation ($input: LogInInput!) { logIn(input: $input) { viewer { sessionToken } } }';
      return server.api('POST', '/graphql', { headers, body: { query, variables } });
    };

    it('many times in one GraphQL document is stopped as well', async () => {
      const input = `input: {username: "${uniqueEmail()}", password: "${password}"}`;
      const tries = Array.from({ length: 12 }, (_none, n) => `a${n}: logIn(${input}) { clientMutationId }`);
      const body = { query: `mutation { ${tries.join(' ')} }` };
      expect((await server.api('POST', '/graphql', { headers: await freshAccount(), body })).status).toBe(429);
    });

    it('by a GraphQL text that is not sent is refused', async () => {
      const extensions = { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } };
      const answer = await server.api('POST', '/graphql', { headers: await freshAccount(), body: { extensions } });
      expect(answer.status).toBe(400);
      expect(answer.body.error).toContain('Persisted');
    });

    // One address a try: only the account's own bucket of 50 tries, or the pair's of 10, can stop it.
    it.each(doors)('through %s is stopped after ten tries from one address', async (name, attempt) => {
      const [email, address] = [uniqueEmail(), anAddress()];
      const account = { ...(await freshAccount()), 'X-Forwarded-For': address };
      const statuses: number[] = [];
      // Signed in, so that the address's own bucket of ten does not come first.
      for (let n = 0; n < 12; n += 1) statuses.push(await attempt(email, account));
      expect(statuses.slice(0, 9).filter((status) => status === 429)).toEqual([]);
      const last = statuses.at(-1)!;
      // The cloud function answers Parse's 400 with code 155.
      const isFunction = name === 'the cloud function';
      expect(last).toBe(isFunction ? 400 : 429);
      if (isFunction) {
        const { body } = await server.api('POST', '/parse/functions/login', {
          headers: account,
          body: { email, password },
        });
        expect(body.code).toBe(155);
      }
    });
  });

  it('keeps closed routes closed, also inside a batch', async () => {
    const headers = await freshAccount();
    const body = { challengeData: {} };
    for (const route of ['/parse/challenge', '/parse//challenge', '/parse/CHALLENGE/']) {
      expect((await server.api('POST', route, { headers, body })).status).toBe(404);
    }
    for (const path of ['/parse/challenge', '/parse//challenge', '/parse/x/../challenge', '/parse/CHALLENGE']) {
      const requests = [{ method: 'POST', path, body }];
      const answer = await server.api('POST', '/parse/batch', { headers, body: { requests } });
      const text = JSON.stringify(answer.body);
      expect([path, text.includes('closed') || text.includes('cannot route')]).toEqual([path, true]);
    }
    const query = 'mutation { challenge(input: {challengeData: {}}) { clientMutationId } }';
    expect((await server.api('POST', '/graphql', { headers, body: { query } })).status).toBe(404);
  });

  it('limits the mails to one address, known or not, whoever asks through whatever door', async () => {
    const [email, address] = [uniqueEmail(), anAddress()];
    const ask = (from: string, to = email) =>
      server.api('POST', '/api/auth/password/forgot', { headers: anyone(from), body: { email: to } });
    for (let n = 0; n < 5; n += 1) expect((await ask(address)).status).toBe(200);
    const refused = await ask(address);
    expect([refused.status, refused.body.error.details.policy]).toEqual([429, 'mail']);
    expect((await ask(address, uniqueEmail())).status).toBe(200);
    const bySdk = (from: string, to: string) =>
      server.api('POST', '/parse/verificationEmailRequest', { headers: anyone(from), body: { email: to } });
    for (let n = 0; n < 5; n += 1) expect((await bySdk(anAddress(), ` ${email.toUpperCase()}`)).status).toBe(200);
    expect((await bySdk(anAddress(), email)).body.code).toBe(155);
    const last = await ask(anAddress());
    expect([last.status, last.body.error.details.policy]).toEqual([429, 'mail-address']);
  });

  it('keeps operators’ routes from the public where they are not public', async () => {
    const admin = await server.api('POST', '/api/auth/login', { body: ADMIN, headers: anyone(anAddress()) });
    const asAdmin = { Authorization: `Bearer ${admin.body.access_token}`, ...anyone(anAddress()) };
    const plain = await freshAccount();
    for (const route of ['/api/metrics', '/metrics', '/api/queue/status']) {
      expect((await server.api('GET', route, { headers: anyone(anAddress()) })).status).toBe(401);
      expect((await server.api('GET', route, { headers: plain })).status).toBe(403);
      expect((await server.api('GET', route, { headers: asAdmin })).status).toBe(200);
    }
  });
});

describe('with no proxy trusted', () => {
  it('takes no address from a header', async () => {
    const server = await startExtraServer({ ...SETTINGS, TRUST_PROXY: '0' });
    try {
      let last = 0;
      for (let n = 0; n <= ANONYMOUS_MAX; n += 1) {
        const forged = anAddress();
        const headers = {
          'X-Forwarded-For': forged,
          'X-Real-Ip': forged,
          Forwarded: `for=${forged}`,
          'CF-Connecting-IP': forged,
        };
        last = (await server.api('GET', REFUSED, { headers })).status;
      }
      expect(last).toBe(429);
    } finally {
      await server.stop();
    }
  });
});
