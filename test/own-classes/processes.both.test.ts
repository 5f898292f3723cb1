import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  endChild,
  runServerToItsEnd,
  spawnServer,
  startExtraServer,
  apiOf,
  type Child,
  type ExtraServer,
} from '../frame/support/extra-server';
import { ADMIN, waitFor, type Answer } from '../harness/app';
import { freePort } from '../harness/free-port';
import { CLOSED, newClassName, pointer, TENANT_COLUMN } from './support/own-classes';
import { byCloudCode, masterHeaders } from './support/schema-doors';

/** Own classes over restarts, in several processes, and as HOST_SCHEMA names them. */
const WITHIN_MS = 5000;
const fixture = (name: string): string => path.join(__dirname, 'fixtures', name);
const folder = mkdtempSync(path.join(os.tmpdir(), 'appbackend-schema-'));
const OPEN = { find: { '*': true }, get: { '*': true }, create: { '*': true } };

let first: ExtraServer;
let second: Child & { url: string };

async function another(settings: Record<string, string> = {}): Promise<Child & { url: string }> {
  const port = String(await freePort());
  const child = spawnServer({ ...first.env, PORT: port, ...settings });
  if (!(await child.ready)) throw new Error(child.output());
  return { ...child, url: `http://127.0.0.1:${port}` };
}

beforeAll(async () => {
  first = await startExtraServer({
    HOST_SCHEMA: fixture('host-schema.cjs'),
    HOST_CLOUD_CODE: fixture('host-cloud.cjs'),
  });
  second = await another();
});
afterAll(async () => {
  await endChild(second.process, second.exited);
  await first.stop();
  rmSync(folder, { recursive: true, force: true });
});

const appId = (): Record<string, string> => ({
  'X-Parse-Application-Id': masterHeaders(first)['X-Parse-Application-Id']!,
});
type Call = (method: string, route: string, body?: object) => Promise<Answer>;
const master: Call = (method, route, body) =>
  first.api(method, `/parse${route}`, { headers: masterHeaders(first), ...(body ? { body } : {}) });
const masterAtSecond: Call = (method, route, body) =>
  apiOf(second.url)(method, `/parse${route}`, { headers: masterHeaders(first), ...(body ? { body } : {}) });
const clientAtSecond: Call = (method, route, body) =>
  apiOf(second.url)(method, `/parse${route}`, { headers: appId(), ...(body ? { body } : {}) });
/** By name. At its start Parse names MongoDB's own index, too. */
const sorted = ({ results }: { results: any[] }): any[] => {
  for (const schema of results) {
    delete schema.indexes?._id_;
    if (!Object.keys(schema.indexes ?? {}).length) delete schema.indexes;
  }
  return results.sort((a, b) => (a.className < b.className ? -1 : 1));
};
const schemas = async (): Promise<any[]> => sorted((await master('GET', '/schemas')).body);

describe('HOST_SCHEMA', () => {
  it('makes its classes, with columns, permissions and indexes', async () => {
    const { body: recipe } = await master('GET', '/schemas/Recipe');
    expect(recipe.fields).toMatchObject({ title: { type: 'String', required: true }, fans: { type: 'Relation' } });
    expect(recipe.classLevelPermissions).toMatchObject({ find: { '*': true }, delete: {}, addField: {} });
    expect(recipe.indexes).toMatchObject({ recipe_title: { title: 1 } });
    expect((await master('GET', '/schemas/Drawer')).body.classLevelPermissions).toEqual(CLOSED);
    expect((await master('GET', '/schemas/HostStamped')).body.fields).toMatchObject(TENANT_COLUMN);
    expect((await master('GET', '/schemas/_User')).body.fields.nickname).toEqual({ type: 'String' });
  });

  it.each([
    ['is not there', 'no-such-file.json', undefined, ['cannot be read']],
    ['is no JSON', 'broken.json', '{', ['cannot be read']],
    ['is no list', 'object.json', '{}', ['the file: ']],
    [
      'is malformed in several places',
      'shape.json',
      JSON.stringify([{ fields: {} }, { className: 'A', fields: { x: 'String' } }, { className: 'B', extra: 1 }]),
      ['0.className', '1.fields.x', '2'],
    ],
    [
      'touches what is ours',
      'ours.json',
      JSON.stringify([
        { className: 'Purchase', fields: { theirs: { type: 'String' } } },
        { className: '_JobStatus' },
        { className: 'purchase' },
        {
          className: '_User',
          fields: { status: { type: 'String' }, email: { type: 'String' } },
          classLevelPermissions: {},
        },
        { className: '_User', indexes: { x: { username: 1 } } },
        { className: '_Role', tenant: true },
        { className: '_Join:users:_Role' },
        { className: 'app_meta' },
      ]),
      [
        'Purchase: belongs',
        '_JobStatus: belongs',
        'purchase: ',
        '_User.status',
        '_User.email',
        '_User: its permissions',
        '_User: named twice',
        'the index',
        '_Role: its permissions',
        '_Join:users:_Role',
        'app_meta',
      ],
    ],
    [
      'contradicts the database or Parse',
      'contradictions.json',
      JSON.stringify([
        { className: 'Recipe', fields: { title: { type: 'Number' } }, indexes: { recipe_title: { author: 1 } } },
        { className: 'Bad', fields: { x: { type: 'Nonsense' } } },
        { className: 'Bad2', classLevelPermissions: { find: { nonsense$: true } } },
      ]),
      ['Recipe.title', 'recipe_title', 'Bad: ', 'Bad2: '],
    ],
  ])('that %s ends the start, naming each fault, and changes nothing', async (_what, name, content, faults) => {
    const file = path.join(folder, name);
    if (content !== undefined) writeFileSync(file, content);
    const before = await schemas();
    const { code, output } = await runServerToItsEnd({
      ...first.env,
      PORT: String(await freePort()),
      HOST_SCHEMA: file,
    });
    expect(code).toBe(1);
    for (const fault of faults) expect(output).toContain(fault);
    expect(await schemas()).toEqual(before);
  });
});

describe('a restart', () => {
  it('leaves classes, rows, permissions and indexes of the app as they were; HOST_SCHEMA takes nothing away', async () => {
    const className = newClassName();
    const fields = { text: { type: 'String' }, owner: { type: 'Pointer', targetClass: '_User' } };
    const classLevelPermissions = { ...OPEN, update: { pointerFields: ['owner'] }, protectedFields: { '*': ['text'] } };
    const indexes = { [`i_${className}`]: { text: 1 } };
    expect((await master('POST', `/schemas/${className}`, { fields, classLevelPermissions, indexes })).status).toBe(
      200,
    );
    await master('POST', `/classes/${className}`, { text: 'kept' });
    await master('PUT', '/schemas/Recipe', { fields: { more: { type: 'String' } } });
    // Parse's migration would stop at permissions that name a column which is gone.
    const stale = newClassName();
    await master('POST', `/schemas/${stale}`, {
      fields,
      classLevelPermissions: { ...OPEN, readUserFields: ['owner'] },
    });
    await master('PUT', `/schemas/${stale}`, { fields: { owner: { __op: 'Delete' } } });
    // The SDK takes this name for _User: its permissions must not become those of accounts.
    expect((await master('POST', '/schemas/User', { fields })).status).toBe(200);
    const before = await schemas();

    const file = path.join(folder, 'smaller.json');
    writeFileSync(file, JSON.stringify([{ className: 'Recipe', fields: { taste: { type: 'String' } } }]));
    const again = await another({ HOST_SCHEMA: file });
    const { body } = await apiOf(again.url)('GET', '/parse/schemas', { headers: masterHeaders(first) });
    await endChild(again.process, again.exited);
    const recipe = before.find((schema) => schema.className === 'Recipe');
    recipe.fields.taste = { type: 'String' };
    expect(sorted(body)).toEqual(before);
    expect((await master('GET', `/classes/${className}`)).body.results).toMatchObject([{ text: 'kept' }]);
  });
});

describe('what one process does with a class', () => {
  const at = Date.now;

  it('is known to another at once where it is made', async () => {
    const className = newClassName();
    await master('POST', `/schemas/${className}`, {
      fields: { text: { type: 'String' } },
      classLevelPermissions: OPEN,
    });
    expect((await clientAtSecond('POST', `/classes/${className}`, { text: 'x' })).status).toBe(201);
    expect((await clientAtSecond('GET', `/classes/${className}`)).body.results).toHaveLength(1);
  });

  it('is known to another within seconds where it is closed, widened and dropped', async () => {
    const className = newClassName();
    await master('POST', `/schemas/${className}`, { classLevelPermissions: OPEN });
    expect((await clientAtSecond('GET', `/classes/${className}`)).status).toBe(200);
    const until = at() + WITHIN_MS;
    await master('PUT', `/schemas/${className}`, { classLevelPermissions: {}, fields: { text: { type: 'String' } } });
    await waitFor(async () => (await clientAtSecond('GET', `/classes/${className}`)).body.code === 119, {
      timeoutMs: until - at(),
    });
    expect((await masterAtSecond('POST', `/classes/${className}`, { text: 'x' })).status).toBe(201);
    await master('DELETE', `/purge/${className}`);
    await master('DELETE', `/schemas/${className}`);
    await waitFor(async () => (await masterAtSecond('GET', `/schemas/${className}`)).body.code === 103, {
      timeoutMs: WITHIN_MS,
    });
  });

  it('isolates its tenants from the first request on', async () => {
    const className = newClassName();
    await master('POST', `/schemas/${className}`, { fields: TENANT_COLUMN, classLevelPermissions: OPEN });
    // The first that this process hears of the class: without triggers the row would be everybody's.
    expect((await masterAtSecond('POST', `/classes/${className}`, {})).body.code).toBe(142);
    const another = newClassName();
    await master('POST', `/schemas/${another}`, { fields: TENANT_COLUMN, classLevelPermissions: OPEN });
    const login = await apiOf(second.url)('POST', '/api/auth/login', { body: ADMIN });
    const made = await apiOf(second.url)('POST', `/parse/classes/${another}`, {
      headers: appId(),
      token: login.body.access_token,
      body: {},
    });
    const { body: row } = await master('GET', `/classes/${another}/${made.body.objectId}`);
    expect(row.tenant).toMatchObject({ className: 'Tenant' });
    expect(Object.keys(row.ACL)).toContain(`role:t_${row.tenant.objectId}_member`);
  });
});

describe('cloud code of the host', () => {
  it('keeps its trigger on a tenant-owned class, after ours', async () => {
    const tenant = (await master('GET', '/classes/Tenant?limit=1')).body.results[0].objectId;
    const made = await master('POST', '/classes/HostStamped', { tenant: pointer('Tenant', tenant) });
    const { body: row } = await master('GET', `/classes/HostStamped/${made.body.objectId}`);
    expect(row.seenTenant).toBe(tenant);
  });

  it('makes, opens, widens, empties and drops a class of its own', async () => {
    const door = byCloudCode(first);
    const className = newClassName();
    expect(await door({ verb: 'create', className, fields: { text: { type: 'String' } } })).toMatchObject({ ok: true });
    expect((await master('GET', `/schemas/${className}`)).body.classLevelPermissions).toEqual(CLOSED);
    const index = `i_${className}`;
    const wider = { fields: { more: { type: 'Number' } }, indexes: { [index]: { text: 1 } }, permissions: OPEN };
    expect(await door({ verb: 'update', className, ...wider })).toMatchObject({ ok: true });
    expect(await door({ verb: 'save', className, fields: { text: 'x' } })).toMatchObject({ ok: true });
    expect(await door({ verb: 'drop', className })).toMatchObject({ ok: false, code: 255 });
    expect(await door({ verb: 'update', className, dropIndex: index })).toMatchObject({ ok: true });
    expect(await door({ verb: 'update', className, drop: ['more'] })).toMatchObject({ ok: true });
    expect(await door({ verb: 'purge', className })).toMatchObject({ ok: true });
    expect(await door({ verb: 'drop', className })).toMatchObject({ ok: true });
    expect((await master('GET', `/schemas/${className}`)).body.code).toBe(103);
  });

  it('adds an own column to _User by saving, and takes it away again', async () => {
    const door = byCloudCode(first);
    const { body } = await master('GET', '/users?limit=1');
    const id = body.results[0].objectId;
    const saved = await first.api('POST', '/parse/functions/hostSchema', {
      headers: masterHeaders(first),
      body: { verb: 'save', className: '_User', id, fields: { shoe_size: 42 } },
    });
    expect(saved.body.result).toMatchObject({ ok: true });
    expect((await master('GET', '/schemas/_User')).body.fields.shoe_size).toEqual({ type: 'Number' });
    expect(await door({ verb: 'update', className: '_User', drop: ['shoe_size'] })).toMatchObject({ ok: true });
    expect((await master('GET', '/schemas/_User')).body.fields.shoe_size).toBeUndefined();
  });
});

it('tells of a closed class in the log, with how to open it', () => {
  expect(first.output()).toContain('Class Drawer was made without permissions');
});
