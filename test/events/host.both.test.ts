import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { settleIntentsNow } from './support/intents';
import { eventRows } from '../../core/events/event.store';
import { uniqueEmail, uniqueName } from '../factories/ids';
import { ADMIN, LANE, waitFor } from '../harness/app';
import { apiOf } from '../frame/support/extra-server';
import { openLedger, type Ledger } from './support/ledger';
import { startMortalApp, type MortalApp } from './support/mortal-app';

/** The examples of docs/events.md are a host application's cloud code here: what they promise is what is tested. */
const page = readFileSync(path.resolve(__dirname, '../../docs/events.md'), 'utf8');
const [declared, recorded] = [...page.matchAll(/^```js\n([^]*?)^```$/gm)].map(([, code]) => code!);

const cloudCode = (sink: string): string => `
${declared!.replace('https://news.example.com', sink)}
AppBackend.declareEvent({
  name: 'stock_low', summary: 'A product runs out.', subject: 'Product',
  payload: AppBackend.z.strictObject({ product_id: AppBackend.z.string() }), example: { product_id: 'pR1' },
});
Parse.Cloud.define('noteStock', async ({ params: { productId, day } }) => { ${recorded!} });
Parse.Cloud.beforeDelete('_User', ({ object }) => {
  if (object.get('name') === 'Kept') throw new Parse.Error(142, 'This one is kept.');
});`;

interface Told {
  method: string | undefined;
  headers: IncomingHttpHeaders;
  body: { type: string; id: string };
}

jest.setTimeout(120_000);

const folder = mkdtempSync(path.join(os.tmpdir(), 'appbackend-host-'));
const told: Told[] = [];
let sink: Server;
let app: MortalApp;
let ledger: Ledger;
let token: string;

beforeAll(async () => {
  sink = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      told.push({ method: request.method, headers: request.headers, body: JSON.parse(text) as Told['body'] });
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(sink, 'listening');
  const file = path.join(folder, 'cloud.cjs');
  writeFileSync(file, cloudCode(`http://127.0.0.1:${(sink.address() as AddressInfo).port}`));
  app = await startMortalApp({ HOST_CLOUD_CODE: file });
  ledger = await openLedger(app);
  token = (await apiOf(app.url)('POST', '/api/auth/login', { body: ADMIN })).body.access_token;
});
afterAll(async () => {
  await ledger?.close();
  await app?.stop();
  sink.close();
  rmSync(folder, { recursive: true, force: true });
});

const parse = (method: string, route: string, body?: object) =>
  apiOf(app.url)(method, `/parse${route}`, {
    ...(body ? { body } : {}),
    headers: { 'X-Parse-Application-Id': 'appbackend', 'X-Parse-Master-Key': app.env['PARSE_MASTER_KEY']! },
  });

async function eventsOf(className: string, id: string): Promise<{ id: string; type: string; data: object }[]> {
  const answer = await apiOf(app.url)('GET', `/api/events?subject_class=${className}&subject_id=${id}`, { token });
  expect(answer.status).toBe(200);
  return answer.body.events;
}

const recipe = async (values: object): Promise<string> => {
  const saved = await parse('POST', '/classes/Recipe', values);
  expect(saved.status).toBe(201);
  return saved.body.objectId;
};

const published = (id: string) => waitFor(async () => (await eventsOf('Recipe', id))[0]);

test('the first save of a class that nobody has made yet is an event, and its listener hears of it', async () => {
  const id = await recipe({ title: 'Bread', public: true });
  const event = await published(id);
  expect(event).toMatchObject({ type: 'recipe_published', data: { recipe_id: id, title: 'Bread' } });
  const heard = await waitFor(() => told.find(({ body }) => body.id === id));
  expect(heard).toMatchObject({
    method: 'PUT',
    body: { type: 'recipe_published', id },
    headers: { 'idempotency-key': `announce:${event.id}` },
  });
  const schema = await parse('GET', '/schemas/Recipe');
  expect(Object.keys(schema.body.fields)).not.toContain('pending_events');
});

test('a save that is no such event is none; the change that makes it one is', async () => {
  const id = await recipe({ title: 'Soup' });
  expect((await parse('PUT', `/classes/Recipe/${id}`, { title: 'Clear soup' })).status).toBe(200);
  expect((await parse('PUT', `/classes/Recipe/${id}`, { public: true })).status).toBe(200);
  expect((await parse('PUT', `/classes/Recipe/${id}`, { public: true, title: 'Thick soup' })).status).toBe(200);
  await published(await recipe({ title: 'Later', public: true }));
  expect((await eventsOf('Recipe', id)).map(({ data }) => data)).toEqual([{ recipe_id: id, title: 'Clear soup' }]);
});

test('a payload that the schema refuses refuses the save', async () => {
  const title = uniqueName('t');
  const saved = await parse('POST', '/classes/Recipe', { public: true, note: title });
  expect(saved.status).toBe(400);
  const where = encodeURIComponent(JSON.stringify({ note: title }));
  expect((await parse('GET', `/classes/Recipe?where=${where}`)).body.results).toEqual([]);
});

test('what is no save is recorded once a key', async () => {
  const params = { productId: uniqueName('p'), day: '2026-11-02' };
  const calls = await Promise.all(Array.from({ length: 10 }, () => parse('POST', '/functions/noteStock', params)));
  expect(calls.map(({ status }) => status)).toEqual(calls.map(() => 200));
  await waitFor(async () => (await eventsOf('Product', params.productId)).length);
  expect(await eventsOf('Product', params.productId)).toHaveLength(1);
});

test('a listener hears of types of the product as well; both are in the catalogue', async () => {
  const made = await parse('POST', '/users', { username: uniqueName('u'), password: 'Right-horse-42' });
  expect(made.status).toBe(201);
  await waitFor(() => told.some(({ body }) => body.type === 'user_signup' && body.id === made.body.objectId));
  const { body } = await apiOf(app.url)('GET', '/api/events/types', { token });
  const names = (body.types as { name: string }[]).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['recipe_published', 'stock_low', 'user_signup']));
});

describe('deletions', () => {
  const signUp = async (name: string): Promise<string> => {
    const values = { username: uniqueName('u'), email: uniqueEmail(), password: 'Right-horse-42', name };
    const made = await parse('POST', '/users', values);
    expect(made.status).toBe(201);
    return made.body.objectId;
  };
  const deletionsOf = (id: string): Promise<number> => eventRows.count({ type: 'user_deleted', subject_id: id });

  test('one that a later trigger refuses is no event', async () => {
    const id = await signUp('Kept');
    expect((await parse('DELETE', `/users/${id}`)).status).toBe(400);
    await settleIntentsNow('announce');
    expect(await deletionsOf(id)).toBe(0);
  });

  test('one whose process dies before it is settled counts once its row is gone, and only then', async () => {
    const [gone, kept] = [await signUp('Ada'), await signUp('Kept')];
    expect((await parse('DELETE', `/users/${gone}`)).status).toBe(200);
    expect((await parse('DELETE', `/users/${kept}`)).status).toBe(400);
    // As a process leaves it that dies between the deletion and its settlement.
    await waitFor(async () => (await eventRows.count({ subject_id: gone, state: 'dispatched' })) === 2);
    await eventRows.update({ type: 'user_deleted', subject_id: gone }, { state: 'intended' });
    expect((await eventsOf('_User', gone)).map(({ type }) => type)).toEqual(['user_signup']);
    await settleIntentsNow('announce');
    expect((await eventsOf('_User', gone)).map(({ type }) => type)).toEqual(['user_deleted', 'user_signup']);
    expect(await deletionsOf(kept)).toBe(0);
  });

  test('one that outlasts its intent has its event', async () => {
    const id = await signUp('Slow');
    // As a trigger leaves it that takes longer than the sweep waits: the intent of the first call is given up.
    const deleted = parse('DELETE', `/users/${id}`);
    await eventRows.remove({ type: 'user_deleted', subject_id: id, state: 'intended' });
    expect((await deleted).status).toBe(200);
    await waitFor(async () => (await deletionsOf(id)) === 1);
  });
});

describe('rows that go before their events are recorded', () => {
  test('a class that is emptied at once', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, (_none, n) => recipe({ title: `R${n}`, public: true })));
    expect((await parse('DELETE', '/purge/Recipe')).status).toBe(200);
    for (const id of ids) expect((await eventsOf('Recipe', id)).map(({ type }) => type)).toEqual(['recipe_published']);
  });

  (LANE === 'mongo' ? test.skip : test)('a row that a transaction deletes', async () => {
    for (let round = 0; round < 5; round += 1) {
      const id = await recipe({ title: 'Short', public: true });
      const requests = [{ method: 'DELETE', path: `/parse/classes/Recipe/${id}` }];
      expect((await parse('POST', '/batch', { transaction: true, requests })).status).toBe(200);
      await published(id);
    }
  });

  test('a class that is removed, and made again by the next save', async () => {
    expect((await parse('DELETE', '/purge/Recipe')).status).toBe(200);
    expect((await parse('DELETE', '/schemas/Recipe')).status).toBe(200);
    // Others are recorded meanwhile.
    const made = await parse('POST', '/users', { username: uniqueName('u'), password: 'Right-horse-42' });
    await waitFor(async () => (await eventsOf('_User', made.body.objectId)).length);
    await published(await recipe({ title: 'Again', public: true }));
  });
});

test('how many, how late and what failed are metrics, of the web process and of the worker', async () => {
  const scrape = async (): Promise<string> => (await apiOf(app.url)('GET', '/metrics')).body;
  const text = await waitFor(
    async () => {
      const found = await scrape();
      return /^events_lag_seconds_count\{[^}]*consumer="announce"/m.test(found) && found;
    },
    { timeoutMs: 60_000, everyMs: 500 },
  );
  const value = (series: RegExp): number =>
    [...text.matchAll(new RegExp(`^${series.source}\\S* (\\d+)$`, 'gm'))].reduce((sum, [, n]) => sum + Number(n), 0);
  expect(value(/events_recorded_total\{[^}]*class="Recipe"/)).toBeGreaterThan(0);
  expect(value(/events_dispatched_total\{[^}]*consumer="announce"/)).toBeGreaterThan(0);
  expect(value(/events_consumed_total\{[^}]*outcome="done"/)).toBeGreaterThan(0);
  expect(text).toMatch(/^events_undispatched/m);
});
