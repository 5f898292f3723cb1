import { randomInt } from 'node:crypto';
import { ADMIN, waitFor } from '../harness/app';
import { uniqueEmail } from '../factories/ids';
import { startExtraServer, type ExtraServer } from '../frame/support/extra-server';

const TOKEN = 'a-scraper-token-of-good-length';
const ANONYMOUS_MAX = 6;

let server: ExtraServer;
beforeAll(async () => {
  server = await startExtraServer({
    METRICS_TOKEN: TOKEN,
    OPS_ROUTES_PUBLIC: 'off',
    LOG_LEVEL: 'info',
    TRUST_PROXY: '1',
    RATE_LIMIT_MAX: String(ANONYMOUS_MAX),
  });
});
afterAll(() => server.stop());

const APP = { 'X-Parse-Application-Id': 'appbackend' };
const anAddress = (): string => `198.18.${randomInt(256)}.${randomInt(1, 255)}`;
const from = (address: string): Record<string, string> => ({ ...APP, 'X-Forwarded-For': address });

describe('METRICS_TOKEN', () => {
  const scrape = (token: string | undefined, route = '/metrics') =>
    server.api<string>('GET', route, { headers: from(anAddress()), ...(token === undefined ? {} : { token }) });

  it('reads the metrics, as text and as JSON, however often', async () => {
    for (let n = 0; n <= ANONYMOUS_MAX; n += 1) expect((await scrape(TOKEN)).status).toBe(200);
    expect((await scrape(TOKEN)).body).toContain('# TYPE http_requests_total counter');
    expect((await scrape(TOKEN, '/api/metrics')).body).toHaveProperty('throughput');
  });

  it.each([[undefined], ['another-token-of-good-length'], [TOKEN.slice(0, -1)], [`${TOKEN}x`]])(
    'is needed there: not %s',
    async (token) => {
      expect((await scrape(token)).status).toBe(401);
    },
  );

  it('opens nothing else', async () => {
    for (const route of ['/api/queue/status', '/api/queue/dead-letter', '/api/users'])
      expect((await scrape(TOKEN, route)).status).toBe(401);
    const parse = await server.api('GET', '/parse/classes/Purchase', { headers: from(anAddress()), token: TOKEN });
    expect(parse.body.code).toBe(209);
  });

  it('leaves the administrator his own way', async () => {
    const login = await server.api('POST', '/api/auth/login', { body: ADMIN, headers: from(anAddress()) });
    expect((await scrape(login.body.access_token)).status).toBe(200);
  });
});

describe('a line of the log', () => {
  /** The one line of the request that `send` makes. */
  async function lineOf(send: (headers: Record<string, string>) => Promise<unknown>): Promise<Record<string, unknown>> {
    const id = `log-${randomInt(1e9)}`;
    await send({ ...from(anAddress()), 'X-Request-Id': id });
    const line = await waitFor(() =>
      server
        .output()
        .split('\n')
        .find((text) => text.includes(`"${id}"`) && text.includes('"msg":"request"')),
    );
    return JSON.parse(line) as Record<string, unknown>;
  }
  const post = (route: string, body: object) => (headers: Record<string, string>) =>
    server.api('POST', route, { body, headers });
  const get = (route: string) => (headers: Record<string, string>) => server.api('GET', route, { headers });

  it.each([
    ['an operation', get('/api/users'), { status: 401, function: 'listUsers', error_code: 'UNAUTHORIZED' }],
    ['a function', post('/parse/functions/getHealth', {}), { status: 200, function: 'getHealth' }],
    ['no such function', post('/parse/functions/noSuch', {}), { status: 400, function: 'noSuch', error_code: 141 }],
    ['a class', get('/parse/classes/Purchase?where={}'), { class: 'Purchase', error_code: 101 }],
    ['a row', get('/parse/classes/Purchase/abc'), { class: 'Purchase', error_code: 101 }],
    [
      'broken JSON',
      (headers: object) =>
        server.api('POST', '/parse/classes/Purchase', {
          body: '{',
          headers: { ...headers, 'Content-Type': 'application/json' },
        }),
      { class: 'Purchase', error_code: 107 },
    ],
    ['a wrong login', post('/parse/login', { username: 'nobody', password: 'x' }), { class: '_User', error_code: 101 }],
    [
      'a batch',
      post('/parse/batch', { requests: [1, 2].map(() => ({ method: 'GET', path: '/parse/classes/Purchase' })) }),
      { requests: 2 },
    ],
    ['GraphQL', post('/graphql', { query: 'query HowIsIt { health }' }), { graphql: 'HowIsIt' }],
    ['GraphQL that fails', post('/graphql', { query: '{ nothing }' }), { error_code: 'GRAPHQL_VALIDATION_FAILED' }],
  ] as const)('tells of %s', async (_what, send, expected) => {
    expect(await lineOf(send)).toMatchObject(expected);
  });

  it('has no name that was made up by a caller', async () => {
    const person = uniqueEmail();
    const line = await lineOf(post(`/parse/functions/${encodeURIComponent(person)}`, {}));
    expect(line).toMatchObject({ function: 'invalid', error_code: 141 });
    expect(JSON.stringify(line)).not.toContain(person);
    const long = await lineOf(post(`/parse/functions/${'x'.repeat(500)}`, {}));
    expect(long.function).toBe('x'.repeat(64));
    const graphql = await lineOf(post('/graphql', { query: '{ health }', operationName: person }));
    expect(graphql.graphql).toBe('invalid');
  });
});

describe('an address whose anonymous requests are used up', () => {
  async function usedUp(): Promise<Record<string, string>> {
    const headers = from(anAddress());
    for (let n = 0; n < ANONYMOUS_MAX; n += 1) await server.api('GET', '/api/queue/dead-letter', { headers });
    expect((await server.api('GET', '/api/queue/dead-letter', { headers })).status).toBe(429);
    return headers;
  }
  /** Where the form of Parse Dashboard leads to; its token and cookie come first, as in a browser. */
  async function dashboard(headers: Record<string, string>): Promise<string | null> {
    const page = await fetch(`${server.url}/dashboard/login`, { headers });
    const cookie = page.headers.getSetCookie().map((line) => line.split(';')[0]);
    const _csrf = /<script id="csrf" type="application\/json">"([^"]+)"/.exec(await page.text())?.[1] ?? '';
    const answer = await fetch(`${server.url}/dashboard/login`, {
      method: 'POST',
      body: new URLSearchParams({ username: ADMIN.email, password: ADMIN.password, _csrf }),
      headers: { ...headers, cookie: cookie.join('; ') },
      redirect: 'manual',
    });
    return answer.headers.get('location');
  }

  it('still lets people sign in, by every door', async () => {
    const headers = await usedUp();
    const rest = await server.api('POST', '/api/auth/login', { headers, body: ADMIN });
    expect(rest.status).toBe(200);
    const refresh_token: string = rest.body.refresh_token;
    expect((await server.api('POST', '/api/auth/refresh', { headers, body: { refresh_token } })).status).toBe(200);
    const credentials = { username: ADMIN.email, password: ADMIN.password };
    expect((await server.api('POST', '/parse/login', { headers, body: credentials })).status).toBe(200);
    expect((await server.api('POST', '/parse/functions/login', { headers, body: ADMIN })).status).toBe(200);
    const query = `mutation { logIn(input: ${JSON.stringify(credentials).replace(/"(\w+)":/g, '$1:')}) { viewer { sessionToken } } }`;
    expect((await server.api('POST', '/graphql', { headers, body: { query } })).body).not.toHaveProperty('errors');
    expect(await dashboard(headers)).toBe('/dashboard/apps');
  });

  it('counts no sign-in that succeeds, however many people are behind it', async () => {
    const headers = from(anAddress());
    for (let n = 0; n < ANONYMOUS_MAX * 2; n += 1)
      expect((await server.api('POST', '/api/auth/login', { headers, body: ADMIN })).status).toBe(200);
  });

  it('is held back when it guesses, account by account, apart at each kind of door', async () => {
    const headers = from(anAddress());
    const guess = () =>
      server.api('POST', '/api/auth/login', { headers, body: { email: uniqueEmail(), password: 'wrong' } });
    for (let n = 0; n < ANONYMOUS_MAX; n += 1) expect((await guess()).status).toBe(401);
    const refused = await guess();
    expect(refused.status).toBe(429);
    expect(refused.body.error.details).toMatchObject({ policy: 'sign-in', limit: ANONYMOUS_MAX });
    // What Parse's door counts is the same bucket; the dashboard's is its own, and other requests have theirs.
    const parse = { username: uniqueEmail(), password: 'wrong' };
    expect((await server.api('POST', '/parse/login', { headers, body: parse })).status).toBe(429);
    expect(await dashboard(headers)).toBe('/dashboard/apps');
    expect((await server.api('GET', '/api/queue/dead-letter', { headers })).status).toBe(401);
  });

  it('cannot go on guessing one account', async () => {
    const email = uniqueEmail();
    const statuses: number[] = [];
    for (let n = 0; n < 11; n += 1) {
      const body = { email, password: 'wrong' };
      // A success between two guesses gives no more of them.
      await server.api('POST', '/api/auth/login', { headers: from('198.18.0.7'), body: ADMIN });
      statuses.push((await server.api('POST', '/api/auth/login', { headers: from(anAddress()), body })).status);
    }
    expect(new Set(statuses)).toEqual(new Set([401]));
    const headers = from(anAddress());
    const same: number[] = [];
    for (let n = 0; n < ANONYMOUS_MAX + 1; n += 1)
      same.push((await server.api('POST', '/api/auth/login', { headers, body: { email, password: 'wrong' } })).status);
    expect(same).toEqual([...Array<number>(ANONYMOUS_MAX).fill(401), 429]);
  });
});
