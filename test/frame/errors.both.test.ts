import { api, parseFn, parseRest, testServer } from '../harness/app';
import { sendRaw } from './support/raw-http';

const UUID = /^[0-9a-f-]{36}$/;

describe('errors of /api', () => {
  it('come in the envelope of the contract, without stack', async () => {
    const before = Date.now();
    const answer = await api('GET', '/api/queue/dead-letter?limit=0');
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(Object.keys(answer.body)).toEqual(['error']);
    expect(answer.body.error).toEqual({
      code: 'UNAUTHORIZED',
      message: expect.any(String),
      details: {},
      timestamp: expect.any(String),
      request_id: answer.headers.get('x-request-id'),
    });
    expect(new Date(answer.body.error.timestamp).getTime()).toBeGreaterThanOrEqual(before - 1000);
    expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|dist\/|at .*\.js/);
  });

  it('name the fields that are wrong', async () => {
    const answer = await api('POST', '/api/auth/login', { body: { email: 5, other: true } });
    expect(answer.status).toBe(400);
    expect(answer.body.error.code).toBe('VALIDATION_ERROR');
    const paths = answer.body.error.details.issues.map((issue: { path: string }) => issue.path);
    expect(paths).toEqual(expect.arrayContaining(['email', 'password']));
  });

  it('come as RFC 9457 where the client asks for it', async () => {
    const headers = { Accept: 'application/problem+json' };
    const answer = await api('GET', '/api/queue/dead-letter', { headers });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body).toMatchObject({
      type: 'urn:appbackend:error:unauthorized',
      status: 401,
      title: expect.any(String),
      detail: expect.any(String),
      code: 'UNAUTHORIZED',
      request_id: answer.headers.get('x-request-id'),
    });
  });

  it('tell a bearer client how to sign in', async () => {
    const answer = await api('GET', '/api/queue/dead-letter', { token: 'junk' });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('are the envelope for a path that nobody has', async () => {
    const answer = await api('GET', '/api/nothing-here');
    expect(answer.status).toBe(404);
    expect(answer.body.error).toMatchObject({ code: 'NOT_FOUND', request_id: answer.headers.get('x-request-id') });
    const outside = await api('GET', '/nothing-here');
    expect(outside.status).toBe(404);
    expect(outside.body.error.code).toBe('NOT_FOUND');
  });

  it('carry no cache permission', async () => {
    const answer = await api('GET', '/api/nothing-here');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });
});

describe('the request id', () => {
  it('is the client’s own where it is fit to be logged', async () => {
    const headers = { 'X-Request-Id': 'client.id-1:2_3' };
    expect((await api('GET', '/health', { headers })).headers.get('x-request-id')).toBe('client.id-1:2_3');
    const error = await api('GET', '/api/nothing-here', { headers });
    expect(error.body.error.request_id).toBe('client.id-1:2_3');
  });

  it.each(['a b', 'x'.repeat(129), 'a"b', '<script>', 'a;b'])('is a new one instead of %j', async (id) => {
    const answer = await api('GET', '/health', { headers: { 'X-Request-Id': id } });
    expect(answer.headers.get('x-request-id')).toMatch(UUID);
  });

  it('is in the errors of the Parse door too', async () => {
    const answer = await parseFn('listDeadLetters', {}, { headers: { 'X-Request-Id': 'from-sdk' } });
    expect(answer.headers.get('x-request-id')).toBe('from-sdk');
    expect(JSON.parse(answer.body.error)).toMatchObject({ code: 'UNAUTHORIZED', request_id: 'from-sdk' });
  });

  it('does not let a header be injected', async () => {
    const request = 'GET /health HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\u0001b\r\nConnection: close\r\n\r\n';
    const answer = await sendRaw(testServer().url, request);
    // Refused by the HTTP parser.
    expect(answer.status).toBe(400);
    expect(answer.headers['x-request-id'] ?? '').not.toContain('\u0001');
  });
});

describe('errors of the Parse door', () => {
  it('have Parse’s form with our code in the text', async () => {
    const answer = await parseFn('listDeadLetters');
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe(209);
    expect(Object.keys(JSON.parse(answer.body.error)).sort()).toEqual(['code', 'details', 'message', 'request_id']);
  });

  it('hold no stack when a value cannot be decoded', async () => {
    const answer = await parseRest('POST', '/functions/getHealth', { body: '{"a":', headers: json });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|at .*\.js/);
  });

  it('answer an unknown function as Parse does', async () => {
    const answer = await parseFn('noSuchFunction');
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe(141);
  });
});

const json = { 'Content-Type': 'application/json' };

it('refuses NUL in a parameter, which no database text can hold', async () => {
  const answer = await api('POST', '/api/auth/login', { body: { email: 'a\0b@example.com', password: 'x' } });
  expect(answer.status).toBe(400);
  expect(answer.body.error.details.issues[0].path).toBe('email');
});
