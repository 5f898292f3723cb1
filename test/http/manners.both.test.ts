import { createPerson, type Person } from '../factories/people';
import { operationsWith, pathOf, type OperationFacts } from '../factories/registry';
import { api, parseRest, testServer } from '../harness/app';
import { sendRaw } from '../frame/support/raw-http';

const operations = operationsWith('rest');
const each = operations.map(
  (operation) => [`${operation.rest!.method} ${pathOf(operation.rest!)}`, operation] as const,
);
const reads = each.filter(([, { rest }]) => rest!.method === 'GET');
const writes = each.filter(([, { rest }]) => rest!.method === 'POST' || rest!.method === 'PUT');
const PROBLEM = { Accept: 'text/html, Application/Problem+JSON;q=0.9' };

let admin: Person;
let documented: Record<string, Record<string, { responses: object }>>;
beforeAll(async () => {
  documented = (await api('GET', '/api-docs/openapi.json')).body.paths;
  admin = await createPerson({ roles: ['admin'] });
});

/** What a route answers is what its documentation says. */
function expectDocumented({ rest }: OperationFacts, status: number): void {
  const path = rest!.path.startsWith('//') ? rest!.path.slice(1) : `/api${rest!.path}`;
  expect(Object.keys(documented[path]![rest!.method.toLowerCase()]!.responses)).toContain(String(status));
}

/** Whoever may not sign hears of nothing else: test/incoming tells what those hear who may. */
const isSigned = ({ access }: OperationFacts): boolean => access.kind === 'signed';
const isStrict = (operation: OperationFacts): boolean =>
  operation.input.additionalProperties === false && !isSigned(operation);

describe('every route', () => {
  it.each(each)('%s answers a browser that asks first', async (route, { rest }) => {
    const headers = {
      Origin: 'https://app.example.com',
      'Access-Control-Request-Method': rest!.method,
      'Access-Control-Request-Headers': 'authorization, idempotency-key, if-none-match, x-parse-session-token',
    };
    const answer = await api('OPTIONS', route.split(' ')[1]!, { headers });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('allow')).toMatch(new RegExp(`\\b${rest!.method}\\b.*\\bOPTIONS$`));
    expect(answer.headers.get('access-control-allow-methods')).toContain(rest!.method);
    for (const name of headers['Access-Control-Request-Headers'].split(', ')) {
      expect(answer.headers.get('access-control-allow-headers')!.split(', ')).toContain(name);
    }
  });

  it.each(reads)('%s answers HEAD as GET, without a body', async (route, operation) => {
    const path = route.split(' ')[1]!;
    const token = operation.access.kind === 'public' ? {} : { token: admin.token };
    const [got, head] = [await api('GET', path, token), await api('HEAD', path, token)];
    expect([head.status, head.body]).toEqual([got.status, '']);
    expectDocumented(operation, got.status);
    expect(head.headers.get('content-type')).toBe(got.headers.get('content-type'));
    expect((await api('PATCH', path)).headers.get('allow')).toContain('HEAD');
  });

  it.each(each)('%s says in RFC 9457 what is wrong, and which request it was', async (route, operation) => {
    const [method, path] = route.split(' ') as [string, string];
    const [wrongMethod, nobody] = [
      await api('PATCH', path, { headers: PROBLEM }),
      await api(method, `${path}/no/such/thing`, { headers: PROBLEM }),
    ];
    for (const [answer, status] of [
      [wrongMethod, 405],
      [nobody, 404],
    ] as const) {
      // prettier-ignore
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer.body).toMatchObject({ status, request_id: answer.headers.get('x-request-id') });
    }
    if (operation.access.kind === 'public' || operation.access.kind === 'operator') return;
    const stranger = await api(method, path, { headers: PROBLEM });
    // Of a sender that is not there no signature can be looked at.
    const isNobody = isSigned(operation) && path.endsWith('none000000');
    const expected = isNobody ? { status: 404, code: 'NOT_FOUND' } : { status: 401, code: 'UNAUTHORIZED' };
    expect(stranger.body).toMatchObject(expected);
    expectDocumented(operation, expected.status);
  });

  it.each(each.filter(([, operation]) => isStrict(operation)))(
    '%s refuses a query parameter that it does not know',
    async (route, operation) => {
      const [method, path] = route.split(' ') as [string, string];
      const body = method === 'GET' || method === 'DELETE' ? {} : { body: {} };
      const answer = await api(method, `${path}?no_such_field=1`, { token: admin.token, ...body });
      expect(answer.status).toBe(400);
      const paths = answer.body.error.details.issues.map((issue: { path: string }) => issue.path);
      expect(paths).toContain('no_such_field');
      expectDocumented(operation, 400);
    },
  );

  it.each(writes.filter(([, { rest }]) => rest!.body !== 'upload' && rest!.body !== 'raw'))(
    '%s reads JSON in UTF-8 and nothing else',
    async (route, operation) => {
      const [method, path] = route.split(' ') as [string, string];
      const send = (type: string, body: string | Buffer) =>
        api(method, path, { token: admin.token, body, headers: { 'Content-Type': type } });
      expect((await send('text/plain', '{}')).status).toBe(415);
      expectDocumented(operation, 415);
      const tooLarge = await send('application/json', `{"a":"${'x'.repeat(1_048_577)}"}`);
      expect([tooLarge.status, tooLarge.body.error.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
      expectDocumented(operation, 413);
      expect((await send('application/xml', '<a/>')).status).toBe(415);
      expect((await send('application/json; charset=iso-8859-1', '{}')).status).toBe(415);
      const unknown = '{"no_such_field":1}';
      for (const type of ['application/json', 'application/json; charset=UTF-8', 'application/vnd.api+json']) {
        const answer = await send(type, Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(unknown)]));
        expect([type, answer.status, answer.body.error.code]).toEqual([type, 400, 'VALIDATION_ERROR']);
        if (isStrict(operation)) expect(answer.body.error.message).toContain('no_such_field');
      }
      for (const text of ['[]', '5', 'null', '"x"']) expect((await send('application/json', text)).status).toBe(400);
    },
  );
});

describe('a field that is given more than once', () => {
  it('is refused where the values differ: in query and body', async () => {
    const body = { email: 'a@example.com', password: 'x' };
    const answer = await api('POST', '/api/auth/login?email=b@example.com', { body });
    expect([answer.status, answer.body.error.message]).toEqual([400, 'email is given twice, with different values.']);
  });

  it('is refused where the values differ: in path and body', async () => {
    const { token, id } = admin;
    const body = { user_id: 'another', name: 'Ada' };
    const answer = await api('PUT', `/api/users/${id}`, { token, body });
    expect([answer.status, answer.body.error.message]).toEqual([400, 'user_id is given twice, with different values.']);
    const same = await api('PUT', `/api/users/${id}`, { token, body: { ...body, user_id: id } });
    expect(same.status).toBe(200);
  });

  it('may be a list in the query', async () => {
    const route = '/api/business/analytics/users?metrics=total_users&metrics=new_users';
    const { status, body } = await api('GET', route, { token: admin.token });
    expect([status, Object.keys(body).sort()]).toEqual([200, ['new_users', 'total_users']]);
  });
});

describe('values', () => {
  it.each([
    ['limit=10', 200],
    ['limit=ten', 400],
    ['limit=', 400],
    ['limit=1e1', 400],
    ['limit=%2B5', 400],
    ['limit=0x10', 400],
  ])('a number in the query is written in digits: %s', async (query, status) => {
    expect((await api('GET', `/api/users?${query}`, { token: admin.token })).status).toBe(status);
  });

  it.each([
    ['true', 200],
    ['false', 200],
    ['1', 200],
    ['0', 200],
    ['yes', 400],
    ['TRUE', 400],
    ['', 400],
  ])('explain=%s', async (text, status) => {
    const answer = await api('GET', `/api/business/analytics/users?explain=${text}`, { token: admin.token });
    expect(answer.status).toBe(status);
  });

  it('are of their JSON type in a body: text is no number', async () => {
    const body = { data_type: 'customers', data: [{ customer_id: 'c' }], preview: '1' };
    const answer = await api('POST', '/api/data/process', { token: admin.token, body });
    expect(answer.body.error.message).toBe('preview must be a whole number, not text.');
  });
});

describe('every answer', () => {
  it.each(['/api-docs/', '/api-docs/openapi.json', '/dashboard/', '/nothing', '/health', '/parse/health'])(
    '%s carries the request id',
    async (route) => {
      const headers = { 'X-Request-Id': 'manners-1' };
      expect((await api('GET', route, { headers })).headers.get('x-request-id')).toBe('manners-1');
    },
  );

  it.each(['/api/nothing', '/parse/serverInfo', '/parse/nothing', '/dashboard/', '/graphql'])(
    '%s does not name its framework',
    async (route) => {
      expect((await api('GET', route)).headers.get('x-powered-by')).toBeNull();
    },
  );

  it('without meaning for a body ignores one: GET and DELETE', async () => {
    const request = (method: string, path: string): string =>
      `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${admin.token}\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a":1}`;
    expect((await sendRaw(testServer().url, request('GET', '/api/users?limit=1'))).status).toBe(200);
    expect((await sendRaw(testServer().url, request('DELETE', '/api/users/none000000'))).status).toBe(404);
  });
});

describe('the Parse door', () => {
  it.each(['/nothing', '/', '/classes/Purchase/x/y', '/jobs'])(
    'answers what Parse Server does not have in its own form: %s',
    async (route) => {
      const { status, body } = await parseRest('GET', route);
      expect([status, body.code, JSON.parse(body.error).code]).toEqual([404, 101, 'NOT_FOUND']);
    },
  );

  it('lets browsers of other origins send what it reads', async () => {
    const answer = await parseRest('OPTIONS', '/classes/Purchase', { headers: { Origin: 'https://app.example.com' } });
    const allowed = answer.headers.get('access-control-allow-headers')!.toLowerCase().split(', ');
    const read = ['authorization', 'idempotency-key', 'if-none-match', 'x-request-id', 'x-parse-session-token'];
    expect(allowed).toEqual(expect.arrayContaining([...read, 'x-parse-request-id', 'x-parse-installation-id']));
    expect(answer.headers.get('access-control-allow-methods')).toMatch(/PUT.*DELETE/);
  });
});
