import { adminToken, api, testServer } from '../harness/app';
import { operationsWith } from '../factories/registry';
import { sendRaw, type RawAnswer } from './support/raw-http';

/** A route whose answer does not change between two calls. */
const STABLE = '/api/queue/dead-letter?limit=1&page=1000000&queue=analytics';

/** Not by fetch: it adds `Cache-Control: no-cache` to every request that has If-None-Match. */
async function conditional(token: string, tag: string): Promise<RawAnswer> {
  const head = `GET ${STABLE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\n`;
  return sendRaw(testServer().url, `${head}If-None-Match: ${tag}\r\n\r\n`);
}

describe('conditional requests', () => {
  it('answer 304 without a body to the tag of what has not changed', async () => {
    const token = await adminToken();
    const first = await api('GET', STABLE, { token });
    const etag = first.headers.get('etag')!;
    expect(etag).toMatch(/^W\/".+"$/);
    const second = await conditional(token, etag);
    expect(second).toMatchObject({ status: 304, body: '', headers: { etag } });
  });

  it.each([
    ['a list with the tag', (etag: string) => `"other", ${etag}`, 304],
    ['the strong form', (etag: string) => etag.slice(2), 304],
    ['any', () => '*', 304],
    ['another tag', () => '"other"', 200],
  ])('understand %s', async (_name, tagFor, status) => {
    const token = await adminToken();
    const { headers } = await api('GET', STABLE, { token });
    const answer = await conditional(token, tagFor(headers.get('etag')!));
    expect(answer.status).toBe(status);
  });

  it('give the whole answer to a client that says no-cache', async () => {
    const token = await adminToken();
    const { headers } = await api('GET', STABLE, { token });
    const again = { 'If-None-Match': headers.get('etag')!, 'Cache-Control': 'no-cache' };
    const answer = await api('GET', STABLE, { token, headers: again });
    expect(answer.status).toBe(200);
    expect(answer.body.dead_letters).toEqual([]);
  });
});

describe('methods', () => {
  it('HEAD answers as GET does, without the body', async () => {
    const token = await adminToken();
    const got = await api('GET', STABLE, { token });
    const head = await api('HEAD', STABLE, { token });
    expect(head.status).toBe(200);
    expect(head.body).toBe('');
    expect(head.headers.get('etag')).toBe(got.headers.get('etag'));
    expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(JSON.stringify(got.body))));
  });

  it('HEAD of an error has no body either', async () => {
    const head = await api('HEAD', '/api/queue/dead-letter');
    expect([head.status, head.body]).toEqual([401, '']);
  });

  it.each(operationsWith('rest').map((operation) => [operation.name, operation] as const))(
    '%s refuses a method that its path does not have, naming those it has',
    async (_name, { rest }) => {
      const route = rest!.path.startsWith('//') ? rest!.path.slice(1) : `/api${rest!.path}`;
      const answer = await api('PATCH', route.replace(/\{\w+\}/g, 'x'));
      expect(answer.status).toBe(405);
      expect(answer.body.error.code).toBe('METHOD_NOT_ALLOWED');
      expect(answer.headers.get('allow')!.split(', ')).toEqual(expect.arrayContaining([rest!.method, 'OPTIONS']));
    },
  );

  it('keep the connection after a refusal that left nothing unread', async () => {
    const request = (method: string, route: string, connection: string): string =>
      `${method} ${route} HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\n\r\n`;
    const bytes = request('PATCH', '/health', 'keep-alive') + request('GET', '/health/live', 'close');
    const answer = await sendRaw(testServer().url, bytes);
    expect(answer.status).toBe(405);
    expect(answer.body).toContain('HTTP/1.1 200 OK');
  });
});

describe('browsers from elsewhere', () => {
  const origin = 'https://app.example.com';

  it('may ask first what is allowed', async () => {
    const headers = { Origin: origin, 'Access-Control-Request-Method': 'POST' };
    const answer = await api('OPTIONS', '/api/auth/login', { headers });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    expect(answer.headers.get('access-control-allow-methods')).toContain('POST');
    expect(answer.headers.get('access-control-allow-headers')).toMatch(/authorization.*idempotency-key/);
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  });

  it('see the headers that the API speaks with', async () => {
    const answer = await api('GET', '/health', { headers: { Origin: origin } });
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    expect(answer.headers.get('vary')).toMatch(/origin/i);
    for (const name of ['x-request-id', 'etag', 'retry-after', 'ratelimit']) {
      expect(answer.headers.get('access-control-expose-headers')).toContain(name);
    }
  });

  it('get the security headers of a JSON API', async () => {
    const { headers } = await api('GET', '/health');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-powered-by')).toBeNull();
  });
});

describe('paths', () => {
  it('stand below /api/v1 as well', async () => {
    const token = await adminToken();
    const answer = await api('GET', STABLE.replace('/api/', '/api/v1/'), { token });
    expect(answer.status).toBe(200);
  });

  it('forgive a trailing slash and capitals', async () => {
    expect((await api('GET', '/HEALTH/')).status).toBe(200);
  });

  it.each(['/api/users/%', '/api/users/%E0%A4%A', '/api/%ff/x', '/%c0%ae'])(
    '%s is refused, not an error',
    async (path) => {
      const answer = await sendRaw(testServer().url, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      expect(answer.status).toBe(404);
      expect(JSON.parse(answer.body).error.code).toMatch(/^[A-Z_]+$/);
    },
  );
});

describe('probes', () => {
  it.each(['/health', '/health/live', '/health/ready'])('%s ignores whatever credentials come along', async (route) => {
    expect((await api('GET', route, { token: 'not-a-token' })).status).toBe(200);
    expect((await api('GET', route, { headers: { 'X-Parse-Session-Token': 'junk' } })).status).toBe(200);
  });
});
