import { ended, makeClass, makeRows, NOTE, runSync, startPair, type Pair } from './support/pair';
import { waitFor } from '../harness/app';
import { older, refusal } from './support/calls';

let pair: Pair;

beforeAll(async () => {
  pair = await startPair();
  await makeClass(pair);
}, 150_000);

afterAll(() => pair?.stop(), 60_000);

const NOTHING = { pulled: 0, pushed: 0, conflicts: 0, failed: 0 };
const path = (id: string): string => `/classes/${NOTE}/${id}`;
const titlesOf = async (send: Pair['here']): Promise<string[]> => {
  const { body } = await send('GET', `/classes/${NOTE}?limit=1000&order=objectId&keys=title`);
  return body.results.map(({ objectId, title }: { objectId: string; title: string }) => `${objectId} ${title}`);
};

describe('with another server, objects and accounts', () => {
  it('are those of that one, and the newest state wins there, too', async () => {
    const data = { objectId: 'fromSource1', title: 'One', updatedAt: '2026-01-05T10:00:00.000Z' };
    const body = { collection: NOTE, operation: 'upsert', data };
    expect(await pair.call('/parse/sync', body)).toMatchObject({ status: 201, body: { created: true } });
    expect((await pair.there('GET', path('fromSource1'))).body).toMatchObject({ title: 'One' });
    expect((await pair.here('GET', path('fromSource1'))).status).toBe(404);
    const past = { ...data, title: 'Past', updatedAt: '2026-01-04T10:00:00.000Z' };
    expect(await pair.call('/parse/sync', { ...body, data: past })).toMatchObject(older());
    expect(await pair.call('/parse/sync', body)).toMatchObject({ status: 200, body: { applied: false } });
    const read = { ...body, operation: 'read', data: { objectId: 'fromSource1' } };
    expect(await pair.call('/parse/sync', read)).toMatchObject({ status: 200, body: { data: { title: 'One' } } });
    expect(await pair.call('/parse/sync', { ...read, operation: 'delete' })).toMatchObject({ status: 200 });
    expect(await pair.call('/parse/sync', read)).toMatchObject(refusal('NOT_FOUND', 404));
  });

  it('are made, read, changed and removed there', async () => {
    const username = 'there@example.com';
    const user_data = { username, email: username, password: 'Right-horse-42' };
    const made = await pair.call('/parse/users', { action: 'create', user_data });
    expect(made).toMatchObject({ status: 201, body: { success: true, user: { username, email: username } } });
    expect(JSON.stringify(made.body)).not.toMatch(/password|authData|sessionToken/i);
    const again = await pair.call('/parse/users', { action: 'create', user_data });
    expect(again).toMatchObject(refusal('CONFLICT', 409));
    const { id } = made.body.user;
    const read = await pair.call('/parse/users', { action: 'read', user_data: { username } });
    expect(read).toMatchObject({ status: 200, body: { user: { id } } });
    const update = { action: 'update', user_data: { objectId: id, nickname: 'Ada' } };
    expect(await pair.call('/parse/users', update)).toMatchObject({ status: 200, body: { user: { nickname: 'Ada' } } });
    expect((await pair.call('/parse/users', { action: 'delete', user_data: { objectId: id } })).status).toBe(200);
    expect(await pair.call('/parse/users', { action: 'read', user_data: { objectId: id } })).toMatchObject(
      refusal('NOT_FOUND', 404),
    );
  });
});

describe('a two-way sync', () => {
  it('goes on where a killed worker ended, with right counts and nothing twice', async () => {
    await makeRows(pair.here, 'here', 450);
    await makeRows(pair.there, 'there', 450);
    const first = pair.startWorker();
    const { body } = await pair.call('/sync', { service: 'parse', entities: [NOTE] });
    expect(body).toEqual({ job_id: expect.stringMatching(/^job_/), status: 'queued' });
    const other = await pair.call('/sync', { service: 'parse', entities: [NOTE] });
    expect(other).toMatchObject({
      status: 409,
      body: { error: { code: 'CONFLICT', details: { job_id: body.job_id } } },
    });
    await waitFor(async () => (await titlesOf(pair.here)).length > 600, { timeoutMs: 60_000 });
    first.kill('SIGKILL');
    pair.startWorker();
    const job = await ended(pair, body.job_id);
    expect(job).toMatchObject({ status: 'completed', counts: { ...NOTHING, pulled: 450, pushed: 450 } });
    const titles = await titlesOf(pair.here);
    expect(titles).toHaveLength(900);
    expect(await titlesOf(pair.there)).toEqual(titles);
  }, 180_000);

  it('moves nothing the next time, then what was changed since', async () => {
    expect((await runSync(pair)).counts).toMatchObject(NOTHING);
    const [mine, theirs] = (await pair.here('GET', `/classes/${NOTE}?limit=2&order=objectId`)).body.results;
    await pair.here('PUT', path(mine.objectId), { title: 'changed here', n: { __op: 'Delete' } });
    const ACL = { someone00: { read: true }, 'role:editors': { write: true, read: true } };
    const parent = { __type: 'Pointer', className: NOTE, objectId: mine.objectId };
    await pair.there('PUT', path(theirs.objectId), { title: 'changed there', parent, ACL });
    expect((await runSync(pair)).counts).toMatchObject({ ...NOTHING, pulled: 1, pushed: 1 });
    const sent = (await pair.there('GET', path(mine.objectId))).body;
    expect(sent.title).toBe('changed here');
    expect(sent).not.toHaveProperty('n');
    expect((await pair.here('GET', path(theirs.objectId))).body).toMatchObject({ title: 'changed there', parent, ACL });
    expect((await runSync(pair)).counts).toMatchObject(NOTHING);
  }, 180_000);

  it('lets the newer state win where both sides changed, and tells', async () => {
    const [one, two] = (await pair.here('GET', `/classes/${NOTE}?limit=2&order=-objectId`)).body.results;
    await pair.here('PUT', path(one.objectId), { title: 'older, here' });
    await pair.there('PUT', path(one.objectId), { title: 'newer, there' });
    await pair.there('PUT', path(two.objectId), { title: 'older, there' });
    await pair.here('PUT', path(two.objectId), { title: 'newer, here' });
    const job = await runSync(pair);
    expect(job.counts).toMatchObject({ pulled: 1, pushed: 1, conflicts: 2, failed: 0 });
    for (const send of [pair.here, pair.there]) {
      expect((await send('GET', path(one.objectId))).body.title).toBe('newer, there');
      expect((await send('GET', path(two.objectId))).body.title).toBe('newer, here');
    }
    const { body } = await pair.admin('GET', `/api/data/results/${job.job_id}`);
    expect(body.total).toBe(2);
    expect(body.results).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ class: NOTE, object_id: one.objectId, kind: 'conflict', winner: 'there' }),
        expect.objectContaining({ class: NOTE, object_id: two.objectId, kind: 'conflict', winner: 'here' }),
      ]),
    );
    expect((await runSync(pair)).counts).toMatchObject(NOTHING);
  }, 180_000);

  it('goes one way only where that is asked for, and carries facts', async () => {
    await pair.here('POST', `/classes/${NOTE}`, { title: 'stays here' });
    await pair.there('POST', `/classes/${NOTE}`, { title: 'comes' });
    expect((await runSync(pair, { direction: 'pull' })).counts).toMatchObject({ ...NOTHING, pulled: 1 });
    expect((await runSync(pair, { direction: 'push' })).counts).toMatchObject({ ...NOTHING, pushed: 1 });
    await pair.there('POST', '/classes/Customer', { external_id: 'c-77', name: 'Ada', no_such_field: 1 });
    await pair.there('POST', '/classes/Customer', { external_id: 'c-78', name: 'Grace' });
    const job = await runSync(pair, { entities: ['customers'], direction: 'pull' });
    expect(job.counts).toMatchObject({ pulled: 1, failed: 1 });
    const { results } = (await pair.here('GET', '/classes/Customer')).body;
    expect(results.find(({ name }: { name: string }) => name === 'Grace')).toMatchObject({ external_id: 'c-78' });
    const { body } = await pair.admin('GET', `/api/data/results/${job.job_id}`);
    expect(body.results[0]).toMatchObject({ kind: 'failed', class: 'Customer' });
  }, 180_000);

  it('is begun by Parse Dashboard, too', async () => {
    expect((await pair.here('POST', '/jobs/syncParse', {})).status).toBe(200);
    const job = await waitFor(async () => {
      const { body } = await pair.admin('GET', '/api/data/jobs?kind=parse_sync&limit=1');
      return body.jobs[0].entities?.length > 1 && body.jobs[0];
    });
    expect((await ended(pair, job.job_id)).status).toBe('completed');
  }, 120_000);
});

describe('what cannot be', () => {
  it.each([
    [{ service: 'shopify' }, 'VALIDATION_ERROR', 400],
    [{ entities: [] }, 'VALIDATION_ERROR', 400],
    [{ entities: ['_User'] }, 'FORBIDDEN', 403],
    [{ entities: ['Tenant'] }, 'FORBIDDEN', 403],
    [{ direction: 'sideways' }, 'VALIDATION_ERROR', 400],
    [{ since: 'yesterday' }, 'VALIDATION_ERROR', 400],
  ])('%j', async (fields, code, status) => {
    const answer = await pair.call('/sync', { service: 'parse', entities: [NOTE], ...fields });
    expect(answer).toMatchObject(refusal(code, status));
  });
});
