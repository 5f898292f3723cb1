import { createPerson, type Person } from '../factories/people';
import { testServer } from '../harness/app';
import { sendRaw, type RawAnswer } from '../frame/support/raw-http';
import { expectAlive } from './support/client';
import { PARSE_APP } from './support/targets';

const deep = `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`;
const JSON_TYPE = 'application/json';
const FORM = 'application/x-www-form-urlencoded';
const form = (fields: Record<string, string>): string => new URLSearchParams(fields).toString();

let person: Person;
beforeAll(async () => (person = await createPerson()));

/** Not by fetch: it sends no body with GET. */
function send(method: string, path: string, type: string, body: string): Promise<RawAnswer> {
  const head = [
    `${method} ${path} HTTP/1.1`,
    'Host: x',
    'Connection: close',
    ...Object.entries(PARSE_APP).map(([name, value]) => `${name}: ${value}`),
    `X-Parse-Session-Token: ${person.sessionToken}`,
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return sendRaw(testServer().url, `${head.join('\r\n')}\r\n\r\n${body}`);
}

describe('bodies that Parse reads where nobody expects one', () => {
  it.each([
    ['a GET with a deep body', 'GET', JSON_TYPE, `{"where":${deep}}`],
    ['a GET with a wrong limit', 'GET', JSON_TYPE, '{"limit":"x"}'],
    ['a GET with half a date', 'GET', JSON_TYPE, '{"where":{"name":{"__type":"Date"}}}'],
    ['a form with a deep where', 'POST', FORM, form({ _method: 'GET', where: deep })],
    ['a form with a wrong limit', 'POST', FORM, form({ _method: 'GET', limit: 'x' })],
  ])('%s is refused before Parse sees it', async (_name, method, type, body) => {
    const answer = await send(method, '/parse/classes/Customer', type, body);
    expect(answer.status).toBe(400);
    expect(JSON.parse(JSON.parse(answer.body).error).code).toBe('VALIDATION_ERROR');
    await expectAlive();
  });

  it('a query in the body of a GET is answered as one in a POST', async () => {
    const asked = { where: { name: 'nobody' }, limit: 1 };
    const got = await send('GET', '/parse/classes/Customer', JSON_TYPE, JSON.stringify(asked));
    const posted = await send(
      'POST',
      '/parse/classes/Customer',
      JSON_TYPE,
      JSON.stringify({ ...asked, _method: 'GET' }),
    );
    expect([got.status, got.body]).toEqual([200, '{"results":[]}']);
    expect(posted.body).toBe(got.body);
  });
});

describe('GraphQL documents', () => {
  const ask = (query: string): Promise<RawAnswer> => send('POST', '/graphql', JSON_TYPE, JSON.stringify({ query }));

  it.each([
    ['100,000 times the same field', `{${'health '.repeat(100_000)}}`],
    ['5,000 directives', `{health ${'@skip(if:false)'.repeat(5000)}}`],
    ['a long list', `{customers(where:{name:{in:[${'"x" '.repeat(5000)}]}}){count}}`],
  ])('%s are refused before they are compared', async (_name, query) => {
    const answer = await ask(query);
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('tokens');
  });

  it.each([
    ['aliases', `{${Array.from({ length: 400 }, (_, n) => `a${n}:health`).join(' ')}}`],
    ['fragments in a circle', 'query {...A} fragment A on Query {...B} fragment B on Query {...A}'],
    [
      'fragments that double',
      `query {...A0} ${Array.from({ length: 25 }, (_, n) => `fragment A${n} on Query {...A${n + 1} ...A${n + 1}}`).join(' ')} fragment A25 on Query {health}`,
    ],
    ['depth', `${'{a'.repeat(900)}${'}'.repeat(900)}`],
    ['introspection that doubles', '{__schema{types{fields{type{fields{type{fields{type{fields{type{name}}}}}}}}}}}'],
    ['no GraphQL', '{"'],
  ])('%s: refused', async (_name, query) => {
    expect((await ask(query)).status).toBe(400);
    await expectAlive();
  });

  it('of ordinary length are answered, in the query string too', async () => {
    expect(JSON.parse((await ask('{health}')).body)).toEqual({ data: { health: true } });
    const got = await send('GET', `/graphql?query=${encodeURIComponent(`{${'a,'.repeat(2500)}}`)}`, JSON_TYPE, '');
    expect([got.status, got.body.includes('tokens')]).toEqual([400, true]);
  });
});
