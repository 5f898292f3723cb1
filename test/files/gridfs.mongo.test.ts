// GridFS lies in MongoDB alone; on PostgreSQL it is a fault of the configuration (test/frame/config.test.ts).
import { startExtraServer, type ExtraServer } from '../frame/support/extra-server';
import type { Answer } from '../harness/app';

let server: ExtraServer;
beforeAll(async () => (server = await startExtraServer({ FILE_STORAGE: 'gridfs' })));
afterAll(() => server.stop());

const headers = (): Record<string, string> => ({
  'X-Parse-Application-Id': 'appbackend',
  'X-Parse-Master-Key': server.env.PARSE_MASTER_KEY!,
});
const read = (name: string, more: Record<string, string> = {}): Promise<Answer> =>
  server.api('GET', `/parse/files/appbackend/${name}`, { headers: more });

it('stores, reads in part, and removes a file of several chunks', async () => {
  const text = `<${'x'.repeat(600_000)}>`;
  const { body: saved } = await server.api('POST', '/parse/files/long.txt', { body: text, headers: headers() });
  expect((await read(saved.name)).body).toBe(text);
  const part = await read(saved.name, { Range: 'bytes=599999-' });
  expect([part.status, part.body]).toEqual([206, 'xx>']);
  expect((await read(saved.name, { Range: 'bytes=0-1' })).body).toBe('<x');
  expect((await server.api('DELETE', `/parse/files/${saved.name}`, { headers: headers() })).status).toBe(200);
  expect((await read(saved.name)).status).toBe(404);
});

it('keeps private files private', async () => {
  const { body: saved } = await server.api('POST', '/parse/files/diary.txt', {
    body: 'secret',
    headers: { ...headers(), 'X-Parse-File-Metadata': '{"access":"private"}' },
  });
  expect((await read(saved.name)).status).toBe(404);
  expect((await read(saved.name, headers())).body).toBe('secret');
});
