import { startExtraServer, type ExtraServer } from '../frame/support/extra-server';
import type { Answer } from '../harness/app';
import { s3Settings, startFakeS3, type FakeS3 } from './support/s3';

let s3: FakeS3;
let server: ExtraServer;

beforeAll(async () => {
  s3 = await startFakeS3();
  server = await startExtraServer({ ...s3Settings(s3), S3_PUBLIC_URL: 'https://cdn.example.com/' });
});

afterAll(async () => {
  await server.stop();
  await s3.stop();
});

beforeEach(() => {
  s3.mode = 'up';
  s3.refusals.length = 0;
});

const headers = (): Record<string, string> => ({
  'X-Parse-Application-Id': server.env.PARSE_APP_ID ?? 'appbackend',
  'X-Parse-Master-Key': server.env.PARSE_MASTER_KEY!,
});
const upload = (name: string, text: string, more: Record<string, string> = {}): Promise<Answer> =>
  server.api('POST', `/parse/files/${encodeURIComponent(name)}`, { body: text, headers: { ...headers(), ...more } });
const privately = { 'X-Parse-File-Metadata': '{"access":"private"}' };
const read = (name: string, more: Record<string, string> = {}): Promise<Answer> =>
  server.api('GET', `/parse/files/appbackend/${name}`, { headers: more });

it('puts a file into the bucket, signed, with what it is for who reads the bucket', async () => {
  const saved = await upload("it's (a) b~c @1.txt".replace(/['()]/g, ''), 'text');
  expect([saved.status, s3.refusals]).toEqual([201, []]);
  expect(saved.body.url).toBe(`https://cdn.example.com/app-files/${encodeURIComponent(saved.body.name)}`);
  const object = s3.objects.get(`app-files/${saved.body.name}`)!;
  expect(object).toMatchObject({ contentType: 'text/plain; charset=utf-8', contentDisposition: 'inline' });
  expect(object.bytes.toString()).toBe('text');
  const page = await upload('page.html', '<script>');
  expect(s3.objects.get(`app-files/${page.body.name}`)).toMatchObject({
    contentType: 'application/octet-stream',
    contentDisposition: 'attachment',
  });
});

it('is read through our own address, whole, in part, and not at all', async () => {
  const { body: saved } = await upload('digits.txt', '0123456789');
  expect((await read(saved.name)).body).toBe('0123456789');
  const part = await read(saved.name, { Range: 'bytes=3-5' });
  expect([part.status, part.body, part.headers.get('content-range')]).toEqual([206, 345, 'bytes 3-5/10']);
  expect((await read('none.txt')).status).toBe(404);
});

it('gives no address of the bucket for a private file', async () => {
  const { body: saved } = await upload('diary.txt', 'secret', privately);
  expect(saved.url).toBe(`${server.url}/parse/files/appbackend/${saved.name}`);
  expect((await read(saved.name)).status).toBe(404);
  expect((await read(saved.name, headers())).body).toBe('secret');
});

it('may be set on an object by either address', async () => {
  const url = 'https://cdn.example.com/app-files/x.txt';
  const body = { cover: { __type: 'File', name: 'x.txt', url } };
  expect((await server.api('POST', '/parse/classes/Album', { headers: headers(), body })).status).toBe(201);
});

it('is removed from the bucket', async () => {
  const { body: saved } = await upload('gone.txt', 'x');
  const removed = await server.api('DELETE', `/parse/files/${saved.name}`, { headers: headers() });
  expect([removed.status, s3.objects.has(`app-files/${saved.name}`)]).toEqual([200, false]);
});

it('tells that the bucket is away, leaves nothing, and goes on when it is back', async () => {
  const { body: saved } = await upload('kept.txt', 'kept');
  const count = s3.objects.size;
  s3.mode = 'down';
  const refused = await upload('a.txt', 'x');
  expect([refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([503, 130, '5']);
  expect((await read(saved.name)).status).toBe(503);
  expect((await server.api('DELETE', `/parse/files/${saved.name}`, { headers: headers() })).status).toBe(503);
  s3.mode = 'up';
  expect(s3.objects.size).toBe(count);
  expect((await read(saved.name)).body).toBe('kept');
});

it('does not wait for ever for a bucket that is silent', async () => {
  s3.mode = 'silent';
  const started = Date.now();
  expect((await upload('a.txt', 'x')).status).toBe(503);
  expect(Date.now() - started).toBeLessThan(60_000);
}, 90_000);

it('tells nobody the secret', async () => {
  s3.mode = 'down';
  const answer = await upload('a.txt', 'x');
  expect(JSON.stringify(answer.body)).not.toContain('canary');
  expect(server.output()).toContain('The S3 service answered 503');
  expect(server.output()).not.toContain('canary');
});
