import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { adminToken, api, parseRest, testServer } from '../harness/app';
import { uniqueName } from '../factories/ids';
import { createPerson, createTenant, type Person } from '../factories/people';

const ENCODERS = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync } as const;
type Encoding = keyof typeof ENCODERS;
const ENCODINGS = Object.keys(ENCODERS) as Encoding[];

let person: Person;
beforeAll(async () => (person = await createPerson({ roles: ['tenant:admin'], tenant: await createTenant() })));

const pack = (encoding: Encoding, body: unknown): { body: Uint8Array; headers: Record<string, string> } => ({
  body: ENCODERS[encoding](typeof body === 'string' ? body : JSON.stringify(body)),
  headers: { 'Content-Encoding': encoding, 'Content-Type': 'application/json' },
});
const asPerson = (): { sessionToken: string } => ({ sessionToken: person.sessionToken });

describe.each(ENCODINGS)('a body compressed with %s', (encoding) => {
  it('is read on /parse', async () => {
    const name = uniqueName('c');
    const sent = pack(encoding, { external_id: name, name });
    const made = await parseRest('POST', '/classes/Customer', { ...asPerson(), ...sent });
    expect(made.status).toBe(201);
    const row = await parseRest('GET', `/classes/Customer/${made.body.objectId}`, asPerson());
    expect(row.body.external_id).toBe(name);
  });

  it('is read on /graphql', async () => {
    const answer = await api('POST', '/graphql', withApp(pack(encoding, { query: '{ health }' })));
    expect(answer.body).toEqual({ data: { health: true } });
  });

  it('is read on /api', async () => {
    const answer = await api('PUT', `/api/users/${person.id}`, {
      token: person.token,
      ...pack(encoding, { company: `by ${encoding}` }),
    });
    expect([answer.status, answer.body.company]).toEqual([200, `by ${encoding}`]);
  });

  it('is read as a raw upload and as a multipart one', async () => {
    const options = { data_type: 'customers', dry_run: true };
    const csv = `customer_id,name\n${uniqueName('c')},Ada\n`;
    const raw = await api('POST', `/api/data/batch?options=${encodeURIComponent(JSON.stringify(options))}`, {
      token: person.token,
      body: ENCODERS[encoding](csv),
      headers: { 'Content-Encoding': encoding, 'Content-Type': 'text/csv' },
    });
    expect(raw.status).toBe(202);
    const form = [
      '--edge\r\nContent-Disposition: form-data; name="options"\r\n\r\n',
      `${JSON.stringify(options)}\r\n`,
      `--edge\r\nContent-Disposition: form-data; name="file"; filename="c.csv"\r\nContent-Type: text/csv\r\n\r\n${csv}\r\n--edge--\r\n`,
    ].join('');
    const multipart = await api('POST', '/api/data/batch', {
      token: person.token,
      body: ENCODERS[encoding](form),
      headers: { 'Content-Encoding': encoding, 'Content-Type': 'multipart/form-data; boundary=edge' },
    });
    expect(multipart.status).toBe(202);
  });

  it('that inflates beyond the limit is refused with 413, on every door', async () => {
    const bomb = ENCODERS[encoding](Buffer.alloc(64 * 1024 * 1024, ' '));
    const headers = { 'Content-Encoding': encoding, 'Content-Type': 'application/json' };
    const answers = [
      await parseRest('POST', '/classes/Customer', { ...asPerson(), body: bomb, headers }),
      await api('POST', '/graphql', withApp({ body: bomb, headers })),
      await api('PUT', `/api/users/${person.id}`, { token: person.token, body: bomb, headers }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([413, 413, 413]);
  });

  it('that is broken or cut off is refused with 400', async () => {
    const { body, headers } = pack(encoding, { external_id: uniqueName('c'), name: 'x'.repeat(1000) });
    const broken = [Buffer.from('no such stream, whatever the header says'), body.subarray(0, body.length - 5)];
    for (const bytes of broken) {
      const onParse = await parseRest('POST', '/classes/Customer', { ...asPerson(), body: bytes, headers });
      const onApi = await api('PUT', `/api/users/${person.id}`, { token: person.token, body: bytes, headers });
      expect([onParse.status, onApi.status]).toEqual([400, 400]);
    }
  });
});

it.each(['zstd', 'gzip, br', 'constructor', 'compress'])('answers 415 to the encoding %s', async (encoding) => {
  const sent = { body: gzipSync('{}'), headers: { 'Content-Encoding': encoding, 'Content-Type': 'application/json' } };
  expect((await parseRest('POST', '/classes/Customer', { ...asPerson(), ...sent })).status).toBe(415);
  expect((await api('PUT', `/api/users/${person.id}`, { token: person.token, ...sent })).status).toBe(415);
});

it('goes on serving after all of them', async () => {
  expect((await api('GET', '/api/users/me', { token: person.token })).status).toBe(200);
  expect((await api('GET', '/api/users?limit=1', { token: await adminToken() })).status).toBe(200);
});

function withApp(sent: { body: Uint8Array; headers: Record<string, string> }): typeof sent {
  const { env } = testServer();
  return { ...sent, headers: { ...sent.headers, 'X-Parse-Application-Id': env['PARSE_APP_ID'] ?? 'appbackend' } };
}
