import { gzipSync } from 'node:zlib';
import { adminToken, api, parseFn, parseRest, testServer, type Answer } from '../harness/app';
import { uniqueName } from '../factories/ids';
import { createPerson, type Person } from '../factories/people';
import { APP_ID, makeFileClass, readUrl, uploadFields, uploadRaw } from './support/files';

const LIMIT = 20 * 1024 * 1024;
let owner: Person;
let other: Person;
let album: string;

beforeAll(async () => {
  [owner, other, album] = [await createPerson(), await createPerson(), await makeFileClass()];
});

const asOwner = (): { sessionToken: string } => ({ sessionToken: owner.sessionToken });
const fileOf = ({ name, url }: { name: string; url: string }): object => ({ __type: 'File', name, url });
const privately = { 'X-Parse-File-Metadata': JSON.stringify({ access: 'private' }) };

describe('an upload', () => {
  it('as raw bytes is answered and read back as they were', async () => {
    const bytes = Buffer.from(Array.from({ length: 5000 }, (_one, index) => index % 251));
    const saved = await uploadRaw('photo.png', bytes, asOwner());
    expect(saved.status).toBe(201);
    expect(saved.body).toEqual({ name: expect.stringMatching(/^[0-9a-f]{32}_photo\.png$/), url: expect.any(String) });
    expect(saved.headers.get('location')).toBe(saved.body.url);
    expect(saved.body.url.startsWith(`${testServer().env['PUBLIC_URL'] ?? testServer().url}/parse/files/`)).toBe(true);
    const read = await readUrl(saved.body.url);
    expect([read.status, read.headers.get('content-type'), read.bytes.equals(bytes)]).toEqual([200, 'image/png', true]);
  });

  it('in the form of SDKs without headers is the same', async () => {
    const saved = await uploadFields('hello.txt', {
      base64: Buffer.from('hello').toString('base64'),
      _ContentType: 'text/plain',
      _SessionToken: owner.sessionToken,
      fileData: { metadata: { title: 'greeting' }, tags: {} },
    });
    expect(saved.status).toBe(201);
    expect((await readUrl(saved.body.url)).text).toBe('hello');
    const metadata = await readUrl(saved.body.url.replace(`/${APP_ID()}/`, `/${APP_ID()}/metadata/`));
    expect(JSON.parse(metadata.text)).toEqual({ metadata: { title: 'greeting' } });
  });

  it('with our token, compressed, and in pieces without a length is read', async () => {
    const bearer = { Authorization: `Bearer ${owner.token}` };
    const packed = await uploadRaw('a.txt', gzipSync('packed'), { headers: { ...bearer, 'Content-Encoding': 'gzip' } });
    expect((await readUrl(packed.body.url)).text).toBe('packed');
    const pieces = new ReadableStream({
      start(controller) {
        for (const piece of ['in ', 'pieces']) controller.enqueue(Buffer.from(piece));
        controller.close();
      },
    });
    const streamed = await parseRest('POST', '/files/b.txt', { body: pieces, headers: bearer });
    expect(streamed.status).toBe(201);
    expect((await readUrl(streamed.body.url)).text).toBe('in pieces');
  });

  it('gives the same name twice and keeps both', async () => {
    const [one, two] = [await uploadRaw('same.txt', '1', asOwner()), await uploadRaw('same.txt', '2', asOwner())];
    expect([(await readUrl(one.body.url)).text, (await readUrl(two.body.url)).text]).toEqual(['1', '2']);
  });

  it('is for signed-in users', async () => {
    const nobody = await uploadRaw('a.txt', 'x');
    expect([nobody.status, nobody.body.code]).toEqual([400, 130]);
    const wrong = await uploadRaw('a.txt', 'x', { sessionToken: 'r:wrong' });
    expect(wrong.body.code).toBe(209);
    expect((await uploadRaw('a.txt', 'x', { masterKey: true })).status).toBe(201);
  });

  it('has a size: nothing, the limit, one more', async () => {
    const empty = await uploadRaw('a.bin', '', asOwner());
    expect([empty.status, empty.body.code]).toEqual([400, 130]);
    const full = await uploadRaw('a.bin', Buffer.alloc(LIMIT, 1), asOwner());
    expect(full.status).toBe(201);
    expect((await readUrl(full.body.url, {}, 'HEAD')).headers.get('content-length')).toBe(String(LIMIT));
    const more = await uploadRaw('a.bin', Buffer.alloc(LIMIT + 1, 1), asOwner());
    expect([more.status, more.body.code]).toEqual([413, 129]);
    const bomb = await uploadRaw('a.bin', gzipSync(Buffer.alloc(LIMIT + 1)), {
      ...asOwner(),
      headers: { 'Content-Encoding': 'gzip' },
    });
    expect([bomb.status, bomb.body.code]).toEqual([413, 129]);
    const asFields = { _SessionToken: owner.sessionToken, _ContentType: 'application/octet-stream' };
    const whole = { ...asFields, base64: Buffer.alloc(LIMIT, 1).toString('base64') };
    expect((await uploadFields('a.bin', whole)).status).toBe(201);
    const over = { ...asFields, base64: Buffer.alloc(LIMIT + 1, 1).toString('base64') };
    expect((await uploadFields('a.bin', over)).status).toBe(413);
  });

  it.each([
    ['a.svg', '<svg/>', 130],
    ['a.html', 'x', 130],
    ['a.png', '<html>', 130],
    ['a.svg.', 'x', 130],
    ['../up.txt', 'x', 122],
    ['..%2fup.txt', 'x', 122],
    ['a\nb.txt', 'x', 122],
    ['a\u0000.txt', 'x', undefined],
    [`${'n'.repeat(300)}.txt`, 'x', 122],
    ['ünïcode.txt', 'x', 122],
    ['.hidden', 'x', 122],
    ['__proto__', 'x', 201],
    [`${'~ '.repeat(60)}.txt`, 'x', 122],
  ])('named %j is answered as Parse does', async (name, bytes, code) => {
    const answer = await uploadRaw(name, bytes, asOwner());
    if (code === 201) expect(answer.status).toBe(201);
    else if (code === undefined) expect(answer.status).toBe(404);
    else expect([answer.status, answer.body.code]).toEqual([400, code]);
  });

  it.each([
    [{ base64: 5 }, 107],
    [{}, 107],
    [{ base64: 'eA==', _SessionToken: 5 }, 107],
    [{ base64: 'eA==', _ContentType: 'a\r\nX-Parse-Master-Key: x' }, 107],
    [{ base64: 'eA==', fileData: { metadata: { access: 'everybody' } } }, 130],
    [{ base64: 'eA==', fileData: { directory: 'mine' } }, 119],
    [{ base64: 'eA==', fileData: { metadata: { big: 'x'.repeat(11_000) } } }, 130],
  ])('with the fields %j is refused', async (fields, code) => {
    const answer = await uploadFields('a.txt', { _SessionToken: owner.sessionToken, ...fields });
    expect([answer.status, answer.body.code]).toEqual([400, code]);
  });
});

describe('a file in an object', () => {
  it('is set on a class of the app’s own, in a batch, in lists and in objects', async () => {
    const { body: saved } = await uploadRaw('cover.jpg', 'x', asOwner());
    const made = await parseRest('POST', `/classes/${album}`, {
      ...asOwner(),
      body: { cover: fileOf(saved), extras: [fileOf(saved)], more: { thumb: fileOf(saved) } },
    });
    expect(made.status).toBe(201);
    const row = await parseRest('GET', `/classes/${album}/${made.body.objectId}`, asOwner());
    expect(row.body).toMatchObject({ cover: fileOf(saved), extras: [fileOf(saved)], more: { thumb: fileOf(saved) } });
    const requests = [{ method: 'POST', path: `/parse/classes/${album}`, body: { cover: fileOf(saved) } }];
    const batch = await parseRest('POST', '/batch', { ...asOwner(), body: { requests } });
    expect(batch.body[0].success.objectId).toEqual(expect.any(String));
  });

  it('is a person’s picture, by the person alone', async () => {
    const body = { className: '_User', fields: { avatar: { type: 'File' } } };
    expect((await parseRest('PUT', '/schemas/_User', { masterKey: true, body })).status).toBe(200);
    const { body: saved } = await uploadRaw('me.png', 'x', asOwner());
    const put = (sender: object): Promise<Answer> =>
      parseRest('PUT', `/users/${owner.id}`, { ...sender, body: { avatar: fileOf(saved) } });
    expect((await put(asOwner())).status).toBe(200);
    expect((await put({ sessionToken: other.sessionToken })).status).toBe(400);
    expect((await parseRest('GET', '/users/me', asOwner())).body.avatar).toEqual(fileOf(saved));
  });

  it.each([
    'https://evil.example.com/x.jpg',
    'http://169.254.169.254/latest',
    'ftp://files.example.com/x',
    'no address',
  ])('that points to %s is refused, with the master key too', async (url) => {
    for (const sender of [asOwner(), { masterKey: true }]) {
      const body = { cover: { __type: 'File', name: 'x.jpg', url } };
      const answer = await parseRest('POST', `/classes/${album}`, { ...sender, body });
      expect([answer.status, answer.body.code]).toEqual([400, 130]);
      const nested = await parseRest('POST', `/classes/${album}`, {
        ...sender,
        body: { more: { deep: [body.cover] } },
      });
      expect([nested.status, nested.body.code]).toEqual([400, 130]);
    }
  });
});

describe('reading', () => {
  let url: string;
  beforeAll(async () => (url = (await uploadRaw('digits.txt', '0123456789', asOwner())).body.url));

  it('shows a text as a text that runs nothing', async () => {
    const { headers } = await readUrl(url);
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';.*; sandbox$/);
    expect(headers.get('content-disposition')).toBe('inline; filename="digits.txt"');
    expect(headers.get('access-control-allow-origin')).toBe('*');
  });

  it('gives what a browser would run as a download, whoever stored it', async () => {
    const page = await uploadRaw('page.html', '<script>1</script>', { masterKey: true });
    const { headers } = await readUrl(page.body.url);
    expect(headers.get('content-type')).toBe('application/octet-stream');
    expect(headers.get('content-disposition')).toBe('attachment; filename="page.html"');
    const picture = await uploadRaw('drawing.svg', '<svg/>', { masterKey: true });
    const svg = (await readUrl(picture.body.url)).headers;
    expect(svg.get('content-disposition')).toBe('attachment; filename="drawing.svg"');
    expect(svg.get('content-security-policy')).toContain('sandbox');
  });

  it('answers HEAD and ranges', async () => {
    const head = await readUrl(url, {}, 'HEAD');
    expect([head.status, head.headers.get('content-length'), head.text]).toEqual([200, '10', '']);
    for (const [range, status, text, contentRange] of [
      ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
      ['bytes=7-', 206, '789', 'bytes 7-9/10'],
      ['bytes=-3', 206, '789', 'bytes 7-9/10'],
      ['bytes=8-99', 206, '89', 'bytes 8-9/10'],
      ['bytes=-99', 206, '0123456789', 'bytes 0-9/10'],
      ['bytes=10-', 416, '', 'bytes */10'],
      ['bytes=-0', 416, '', 'bytes */10'],
      ['bytes=4-2', 200, '0123456789', null],
      ['bytes=0-1,3-4', 200, '0123456789', null],
      ['pages=1-2', 200, '0123456789', null],
      [`bytes=${'9'.repeat(400)}-`, 200, '0123456789', null],
    ] as const) {
      const part = await readUrl(url, { Range: range });
      expect([range, part.status, part.text, part.headers.get('content-range')]).toEqual([
        range,
        status,
        text,
        contentRange,
      ]);
    }
  });

  it.each(['none.txt', '..%2f..%2fserver1.log', '.x.part', 'private', 'a'.repeat(3000)])(
    'finds nothing at %s',
    async (name) => {
      const answer = await readUrl(`${testServer().url}/parse/files/${APP_ID()}/${name}`);
      expect([answer.status, answer.text]).toEqual([404, 'File not found.']);
    },
  );
});

it('has no metadata of a file that is not there', async () => {
  const answer = await readUrl(`${testServer().url}/parse/files/${APP_ID()}/metadata/none.txt`);
  expect([answer.status, answer.text]).toEqual([200, '{}']);
});

describe('a private file', () => {
  let saved: { name: string; url: string };
  beforeAll(async () => {
    const answer = await uploadRaw('diary.txt', 'my secret', { ...asOwner(), headers: privately });
    saved = answer.body;
  });
  const session = (person: Person): Record<string, string> => ({ 'X-Parse-Session-Token': person.sessionToken });

  it('is read by its owner and by administrators', async () => {
    expect(saved.name).toMatch(/^private\/[0-9a-f]{32}_diary\.txt$/);
    const readers = [
      session(owner),
      { Authorization: `Bearer ${owner.token}` },
      { Authorization: `Bearer ${await adminToken()}` },
      { 'X-Parse-Master-Key': testServer().masterKey },
    ];
    for (const headers of readers) {
      const read = await readUrl(saved.url, headers);
      expect([read.status, read.text, read.headers.get('cache-control')]).toEqual([
        200,
        'my secret',
        'private, no-store',
      ]);
    }
  });

  it('does not exist for anybody else, by any door', async () => {
    const metadata = saved.url.replace(`/${APP_ID()}/`, `/${APP_ID()}/metadata/`);
    for (const headers of [{}, session(other), { 'X-Parse-Master-Key': 'not-the-master-key' }]) {
      for (const more of [{}, { Range: 'bytes=0-3' }] as Record<string, string>[]) {
        const read = await readUrl(saved.url, { ...headers, ...more });
        expect([read.status, read.text]).toEqual(
          read.status === 403 ? [403, '{"error":"unauthorized"}'] : [404, 'File not found.'],
        );
      }
      expect((await readUrl(saved.url, headers, 'HEAD')).status).toBe(404);
      expect((await readUrl(metadata, headers)).text).not.toContain('private');
    }
    for (const path of [
      saved.name.replace('/', '%2f'),
      `x/../${saved.name}`,
      `./${saved.name}`,
      `/${saved.name}`,
      saved.name.toUpperCase(),
    ]) {
      const read = await readUrl(`${testServer().url}/parse/files/${APP_ID()}/${path}`, session(other));
      expect(read.text).not.toContain('my secret');
    }
    const listed = await readUrl(metadata, session(owner));
    expect(JSON.parse(listed.text)).toEqual({ metadata: { access: 'private' } });
  });

  it('may be attached by somebody else, and is still not his to read', async () => {
    const made = await parseRest('POST', `/classes/${album}`, {
      sessionToken: other.sessionToken,
      body: { cover: fileOf(saved) },
    });
    expect(made.status).toBe(201);
    expect((await readUrl(saved.url, session(other))).status).toBe(404);
  });

  it('has a link for ten minutes, for its owner to give', async () => {
    const link = await parseFn('getFileLink', { name: saved.name }, asOwner());
    const { url, expires_at } = link.body.result;
    expect((await readUrl(url)).text).toBe('my secret');
    expect(Date.parse(expires_at) - Date.now()).toBeLessThanOrEqual(600_000);
    for (const wrong of [
      url.replace(/expires=\d+/, 'expires=9999999999'),
      url.slice(0, -2),
      url.replace(/signature=.*/, ''),
    ])
      expect((await readUrl(wrong)).status).toBe(404);
    expect((await parseFn('getFileLink', { name: saved.name }, { sessionToken: other.sessionToken })).status).toBe(404);
    const byRest = await api('GET', `/api/files/${encodeURIComponent(saved.name)}/link`, { token: owner.token });
    expect((await readUrl(byRest.body.url)).text).toBe('my secret');
  });

  it('needs an owner', async () => {
    const answer = await uploadRaw('a.txt', 'x', { headers: privately });
    expect(answer.status).toBe(400);
  });
});

describe('removing', () => {
  it('is for the master key, the owner and administrators', async () => {
    const make = async (): Promise<{ name: string; url: string }> => (await uploadRaw('gone.txt', 'x', asOwner())).body;
    const kept = await make();
    for (const sender of [{}, { sessionToken: other.sessionToken }]) {
      const refused = await parseRest('DELETE', `/files/${kept.name}`, sender);
      expect(refused.status).toBe(403);
    }
    expect((await parseFn('deleteFile', { name: kept.name }, { sessionToken: other.sessionToken })).status).toBe(404);
    expect((await readUrl(kept.url)).status).toBe(200);
    const ways = [
      (name: string) => parseRest('DELETE', `/files/${name}`, { masterKey: true }),
      (name: string) => parseRest('DELETE', `/files/${name}`, asOwner()),
      (name: string) => parseFn('deleteFile', { name }, asOwner()),
      (name: string) => api('DELETE', `/api/files/${encodeURIComponent(name)}`, { token: owner.token }),
    ];
    for (const way of ways) {
      const file = await make();
      expect((await way(file.name)).status).toBe(200);
      expect((await readUrl(file.url)).status).toBe(404);
    }
  });

  it('of what is not there is told', async () => {
    const answer = await parseRest('DELETE', `/files/${uniqueName('none')}.txt`, { masterKey: true });
    expect([answer.status, answer.body.code]).toEqual([400, 153]);
  });
});

it('goes with the erasure of the person who stored it', async () => {
  const leaver = await createPerson();
  const stored = await uploadRaw('mine.txt', 'x', { sessionToken: leaver.sessionToken });
  expect((await readUrl(stored.body.url)).status).toBe(200);
  expect((await api('POST', `/api/users/${leaver.id}/erase`, { token: await adminToken(), body: {} })).status).toBe(
    200,
  );
  expect((await readUrl(stored.body.url)).status).toBe(404);
});

/** Every format of XML can carry a script of XHTML or SVG: a browser must not open it in place. */
describe.each(['atom', 'rss', 'kml', 'svg', 'xhtml', 'mathml', 'xml', 'xsl', 'gpx', 'html', 'mht'])(
  'a file .%s',
  (extension) => {
    const script = '<?xml version="1.0"?><x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>';

    it('is taken from nobody but the master key, and is a download without a script', async () => {
      const type = { 'Content-Type': extension === 'html' ? 'text/html' : `application/${extension}+xml` };
      for (const name of [`a.${extension}`, 'feed'])
        expect((await uploadRaw(name, Buffer.from(script), { ...asOwner(), headers: type })).body.code).toBe(130);
      for (const name of [`a.${extension}`, 'feed']) {
        const saved = await uploadRaw(name, Buffer.from(script), { masterKey: true, headers: type });
        const { status, headers } = await readUrl(saved.body.url);
        expect([status, headers.get('content-disposition')]).toEqual([200, expect.stringMatching(/^attachment;/)]);
        expect(headers.get('content-type')).toBe(
          extension === 'svg' && name !== 'feed' ? 'image/svg+xml' : 'application/octet-stream',
        );
        expect(headers.get('x-content-type-options')).toBe('nosniff');
        expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*; sandbox$/);
      }
    });
  },
);
