import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildPerson } from '../factories/people';
import { startExtraServer, type ExtraServer } from '../frame/support/extra-server';
import type { Answer } from '../harness/app';

let server: ExtraServer;
let user: { id: string; token: string };
const app = { 'X-Parse-Application-Id': 'appbackend' };
const master = (): Record<string, string> => ({ ...app, 'X-Parse-Master-Key': server.env.PARSE_MASTER_KEY! });

beforeAll(async () => {
  server = await startExtraServer({
    HOST_CLOUD_CODE: path.join(__dirname, '../frame/fixtures/host-files.cjs'),
    FILE_UPLOAD_PUBLIC: 'on',
    ENABLE_ANONYMOUS_USERS: 'on',
    FILE_DOWNLOAD: 'signed-in',
    FILE_TYPES: 'txt, dwg',
    FILE_MAX_BYTES: '1000',
    FILE_URL_DOMAINS: 'files.example.org, *.example.net',
  });
  const made = await server.api('POST', '/api/auth/register', { body: buildPerson() });
  user = { id: made.body.user.id, token: made.body.access_token };
});

afterAll(() => server.stop());

const upload = (name: string, body: string, token?: string): Promise<Answer> =>
  server.api('POST', `/parse/files/${name}`, { body, headers: app, ...(token ? { token } : {}) });
const read = (name: string, token?: string): Promise<Answer> =>
  server.api('GET', `/parse/files/appbackend/${name}`, token ? { token } : {});
const seen = async (): Promise<string[]> =>
  (await server.api('POST', '/parse/functions/hostFilesSeen', { body: {}, headers: master() })).body.result;

describe('triggers of Parse.File in a host’s cloud code', () => {
  it('run around an upload, a read and a removal', async () => {
    await seen();
    const saved = await upload('note.txt', 'hello', user.token);
    expect(saved.status).toBe(201);
    expect(await seen()).toEqual([`beforeSave note.txt 5 hello ${user.id}`, 'afterSave stored']);
    const got = await read(saved.body.name, user.token);
    expect([got.status, got.body, got.headers.get('x-host')]).toEqual([200, 'hello', 'hello']);
    expect(got.headers.get('content-disposition')).toBe('attachment; filename="note.txt"');
    expect(await seen()).toEqual([`beforeFind ${user.id}`]);
    const removed = await server.api('DELETE', `/parse/files/${saved.body.name}`, { headers: master() });
    expect([removed.status, await seen()]).toEqual([200, ['beforeDelete', 'afterDelete']]);
  });

  it('refuse with their own error, and nothing is stored or removed', async () => {
    expect(await upload('plan.dwg', 'x', user.token)).toMatchObject({
      status: 400,
      body: { code: 130, error: 'only txt' },
    });
    const kept = await upload('keep.txt', 'x', user.token);
    const removed = await server.api('DELETE', `/parse/files/${kept.body.name}`, { headers: master() });
    expect([removed.status, removed.body]).toEqual([400, { code: 153, error: 'kept' }]);
    expect((await read(kept.body.name, user.token)).status).toBe(200);
    const closed = await upload('closed.txt', 'x', user.token);
    expect(await read(closed.body.name, user.token)).toMatchObject({ status: 403, body: { code: 119 } });
  });

  it('change what is stored: its bytes, its privacy, or answer with a known file', async () => {
    const shout = await upload('a.txt', 'shout', user.token);
    expect(shout.body.name).toMatch(/_shout\.txt$/);
    expect((await read(shout.body.name, user.token)).body).toBe('SHOUT');
    const hidden = await upload('a.txt', 'make it private', user.token);
    expect(hidden.body.name).toMatch(/^private\//);
    expect((await read(hidden.body.name, user.token)).status).toBe(200);
    const known = await upload('a.txt', 'known', user.token);
    expect(known.body).toEqual({ name: 'known.txt', url: 'https://files.example.org/known.txt' });
  });

  it('see the files that cloud code itself saves', async () => {
    await seen();
    const url = (await server.api('POST', '/parse/functions/hostSavesFile', { body: {}, headers: master() })).body
      .result;
    expect((await read(new URL(url).pathname.split('/').pop()!, user.token)).body).toBe('by cloud code');
    expect((await seen())[0]).toBe('beforeSave made.txt 13 by cloud code nobody');
  });
});

describe('settings', () => {
  it('let anybody store files, but no private ones', async () => {
    expect((await upload('open.txt', 'x')).status).toBe(201);
    expect(await upload('open.txt', 'make it private')).toMatchObject({ status: 400, body: { code: 119 } });
  });

  it('keep anonymous users of Parse apart from those who are not signed in', async () => {
    const anonymous = await server.api('POST', '/parse/users', {
      headers: app,
      body: { authData: { anonymous: { id: randomUUID() } } },
    });
    expect(anonymous.status).toBe(201);
    const headers = { ...app, 'X-Parse-Session-Token': anonymous.body.sessionToken };
    const refused = await server.api('POST', '/parse/files/a.txt', { body: 'x', headers });
    expect(refused).toMatchObject({
      status: 400,
      body: { code: 130, error: 'File upload by anonymous user is disabled.' },
    });
  });

  it('let only signed-in users read', async () => {
    const { body: saved } = await upload('note.txt', 'for users', user.token);
    expect((await read(saved.name)).status).toBe(404);
    expect((await read(saved.name, user.token)).body).toBe('for users');
    const link = await server.api('GET', `/api/files/${saved.name}/link`, { token: user.token });
    const { pathname, search } = new URL(link.body.url);
    expect((await server.api('GET', pathname + search)).body).toBe('for users');
  });

  it('name the extensions, the size and the hosts', async () => {
    expect((await upload('a.png', 'x', user.token)).body.error).toContain('extension png is disabled');
    expect((await upload('a.txt', 'x'.repeat(1000), user.token)).status).toBe(201);
    expect(await upload('a.txt', 'x'.repeat(1001), user.token)).toMatchObject({ status: 413, body: { code: 129 } });
    const set = (url: string): Promise<Answer> =>
      server.api('POST', '/parse/classes/Linked', {
        headers: master(),
        body: { file: { __type: 'File', name: 'a', url } },
      });
    expect((await set('https://files.example.org/a')).status).toBe(201);
    expect((await set('https://deep.example.net/a')).status).toBe(201);
    expect((await set('https://example.com/a')).status).toBe(400);
  });
});

describe('DATA_DIR/files', () => {
  const folder = (): string => path.join(server.env.DATA_DIR!, 'files');

  it('holds whole files alone', async () => {
    const { body: saved } = await upload('whole.txt', 'x', user.token);
    expect(readdirSync(folder())).toContain(saved.name);
    expect(readdirSync(folder()).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('that cannot be written is told, and nothing stays', async () => {
    const aside = `${folder()}-aside`;
    renameSync(folder(), aside);
    writeFileSync(folder(), 'in the way');
    const refused = await upload('a.txt', 'x', user.token);
    expect([refused.status, refused.body.code]).toEqual([503, 130]);
    rmSync(folder());
    mkdirSync(folder());
    expect((await upload('a.txt', 'x', user.token)).status).toBe(201);
    expect(existsSync(folder())).toBe(true);
    rmSync(folder(), { recursive: true });
    renameSync(aside, folder());
  });

  it('gets nothing of an upload that breaks off', async () => {
    const before = readdirSync(folder());
    const { port } = new URL(server.url);
    const socket = (await import('node:net')).connect(Number(port), '127.0.0.1');
    const head = [
      'POST /parse/files/cut.txt HTTP/1.1',
      'Host: x',
      'Content-Length: 900',
      `Authorization: Bearer ${user.token}`,
    ];
    socket.write(`${[...head, 'X-Parse-Application-Id: appbackend'].join('\r\n')}\r\n\r\nonly a part`);
    await new Promise<void>((resolve) => socket.end(() => resolve()));
    socket.destroy();
    expect((await upload('next.txt', 'x', user.token)).status).toBe(201);
    const added = readdirSync(folder()).filter((name) => !before.includes(name));
    expect(added.map((name) => name.slice(33))).toEqual(['next.txt']);
  });
});
