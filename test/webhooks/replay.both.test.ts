import { once } from 'node:events';
import { deliveryRows } from '../../cloud/webhooks/delivery.store';
import { replayDue } from '../../cloud/webhooks/replay.due';
import { listEvents } from '../../core/events/event.store';
import { spawnWorker, testServer, waitFor } from '../harness/app';
import { rounds } from '../harness/depth';
import { deliveriesOf, happen, newOwner, type Owner } from './support/endpoints';
import { openSending } from './support/sending';
import { openSink, type Sink } from './support/sink';

const START = '2020-01-01T00:00:00Z';
const KILLS = rounds(6);
const MANY = 600;

let close: () => Promise<void>;
let sink: Sink;
let owner: Owner;
let status = 200;

beforeAll(async () => {
  close = openSending();
  sink = await openSink((response) => response.writeHead(status).end());
  owner = await newOwner();
});
afterAll(async () => {
  await sink.close();
  await close();
});
beforeEach(() => {
  status = 200;
});

const refusal = (code: string, asked: number) => ({ status: asked, body: { error: { code } } });
const endpointFor = async (types: string[], more: object = {}): Promise<string> =>
  (await owner.create({ url: sink.url, types, max_per_second: 1000, max_in_flight: 20, ...more })).body.id;
const replay = (id: string, body: object) => owner.call('POST', `/${id}/replay`, { from: START, ...body });
const total = async (id: string, query: string): Promise<number> => (await deliveriesOf(owner, id, query)).total;
const recorded = (type: string, count: number) =>
  waitFor(async () => (await listEvents({ tenant: owner.tenantId, types: [type] }, { limit: 2000 })).length === count, {
    timeoutMs: 60_000,
  });
const untilTotal = (id: string, query: string, count: number) =>
  waitFor(async () => (await total(id, query)) === count, { timeoutMs: 120_000, everyMs: 200 });

test('sends what happened before the endpoint was there, as many as the dry run has counted', async () => {
  await happen(owner, 'early', 7);
  await happen(owner, 'early_other', 2);
  await recorded('event.early', 7);
  await recorded('event.early_other', 2);
  const id = await endpointFor(['event.early']);
  const to = new Date().toISOString();
  const dry = await replay(id, { to, dry_run: true });
  expect(dry).toMatchObject({ status: 200, body: { count: 7, dry_run: true, replay_id: null } });
  const real = await replay(id, { to });
  expect(real).toMatchObject({ status: 200, body: { count: 7, dry_run: false } });
  await untilTotal(id, `replay_id=${real.body.replay_id}&status=delivered`, 7);
  // Types that are named stand in place of those of the endpoint.
  expect((await replay(id, { to, types: ['event.early', 'event.early_other'], dry_run: true })).body.count).toBe(9);
  expect((await replay(id, { to, types: ['event.nobody'], dry_run: true })).body.count).toBe(0);
  expect((await replay(id, { to, types: ['event.nobody'] })).body).toMatchObject({ count: 0, replay_id: null });
  expect((await replay(id, { from: to, dry_run: true })).body.count).toBe(0);
});

test('sends as many as it answered, while events come and deliveries are sent again', async () => {
  const id = await endpointFor(['event.busy']);
  await happen(owner, 'busy', 250);
  await recorded('event.busy', 250);
  await untilTotal(id, 'status=delivered', 250);
  let isOver = false;
  const [first] = (await deliveriesOf(owner, id)).rows;
  const meanwhile = (async () => {
    let made = 0;
    for (; !isOver && made < 40; made += 1) {
      await happen(owner, 'busy', 3);
      await owner.call('POST', `/deliveries/${first.id}/retry`, {});
    }
    return made;
  })();
  const answers = [];
  for (let round = 0; round < 4; round += 1) answers.push(await replay(id, {}));
  isOver = true;
  const made = await meanwhile;
  for (const { status: seen, body } of answers) {
    expect(seen).toBe(200);
    expect(body.count).toBeGreaterThanOrEqual(250);
    await untilTotal(id, `replay_id=${body.replay_id}&status=delivered`, body.count);
    expect(await total(id, `replay_id=${body.replay_id}`)).toBe(body.count);
  }
  const sent = answers.reduce((sum, { body }) => sum + body.count, 0);
  await untilTotal(id, 'status=delivered', 250 + made * 4 + sent);
}, 240_000);

test('only_failed: those whose last delivery has not arrived', async () => {
  const id = await endpointFor(['event.half']);
  await happen(owner, 'half', 3);
  await recorded('event.half', 3);
  await untilTotal(id, 'status=delivered', 3);
  const { rows } = await deliveriesOf(owner, id);
  await deliveryRows.update({ objectId: rows[0].id }, { status: 'exhausted' });
  await deliveryRows.update({ objectId: rows[1].id }, { status: 'cancelled' });
  expect((await replay(id, { only_failed: true, dry_run: true })).body.count).toBe(2);
  const real = await replay(id, { only_failed: true });
  expect(real.body.count).toBe(2);
  await untilTotal(id, `replay_id=${real.body.replay_id}&status=delivered`, 2);
  expect((await replay(id, { only_failed: true, dry_run: true })).body.count).toBe(0);
});

test('a part that is run again cancels nothing that it has sent itself', async () => {
  const id = await endpointFor(['event.part']);
  await happen(owner, 'part', 3);
  await recorded('event.part', 3);
  await untilTotal(id, 'status=delivered', 3);
  const { body } = await replay(id, {});
  await untilTotal(id, `replay_id=${body.replay_id}&status=delivered`, 3);
  const row = (await replayDue.store.find(`${body.replay_id}:0`))!;
  // As if the receiver had failed, and the worker had died before it settled the part.
  await deliveryRows.update(
    { replay_id: body.replay_id },
    { status: 'failed', next_attempt_at: new Date('2100-01-01') },
  );
  const { handler } = replayDue.settings;
  if (typeof handler !== 'function') throw new Error('It takes several rows at a time.');
  const ctx = { clock: { now: () => new Date() } } as Parameters<typeof handler>[0];
  const payload = row.payload as Parameters<typeof handler>[1]['payload'];
  await handler(ctx, { ...row, payload }, { signal: new AbortController().signal, isLastAttempt: false });
  expect(await total(id, `replay_id=${body.replay_id}&status=failed`)).toBe(3);
  expect(await total(id, 'status=cancelled')).toBe(0);
});

test('of two replays of the same events the newer one sends, whichever is worked on last', async () => {
  const id = await endpointFor(['event.twice']);
  await happen(owner, 'twice', 2);
  await recorded('event.twice', 2);
  await untilTotal(id, 'status=delivered', 2);
  const [older, newer] = [(await replay(id, {})).body, (await replay(id, {})).body];
  await untilTotal(id, 'status=delivered', 6);
  // As if the receiver had failed meanwhile.
  await deliveryRows.update(
    { replay_id: newer.replay_id },
    { status: 'failed', next_attempt_at: new Date('2100-01-01') },
  );
  const row = (await replayDue.store.find(`${older.replay_id}:0`))!;
  const { handler } = replayDue.settings;
  if (typeof handler !== 'function') throw new Error('It takes several rows at a time.');
  const ctx = { clock: { now: () => new Date() } } as Parameters<typeof handler>[0];
  const payload = row.payload as Parameters<typeof handler>[1]['payload'];
  await handler(ctx, { ...row, payload }, { signal: new AbortController().signal, isLastAttempt: false });
  expect(await total(id, `replay_id=${newer.replay_id}&status=failed`)).toBe(2);
});

describe('is refused', () => {
  let id: string;
  beforeAll(async () => {
    id = await endpointFor(['event.never']);
  });

  it.each([
    [{ from: undefined }],
    [{ from: 'yesterday' }],
    [{ to: START }],
    [{ from: '2999-01-01T00:00:00Z' }],
    [{ types: [] }],
    [{ types: ['no_such_type'] }],
    [{ only_failed: 'yes' }],
    [{ colour: 'red' }],
  ])('%j', async (body) => {
    expect(await replay(id, body)).toMatchObject(refusal('VALIDATION_ERROR', 400));
  });

  it('while the endpoint is switched off, but for a dry run', async () => {
    const off = await endpointFor(['event.never'], { active: false });
    expect(await replay(off, {})).toMatchObject(refusal('CONFLICT', 409));
    expect(await replay(off, { dry_run: true })).toMatchObject({ status: 200, body: { count: 0 } });
    expect(await replay('none', {})).toMatchObject(refusal('NOT_FOUND', 404));
  });
});

test(`loses none over ${KILLS} workers that are killed meanwhile`, async () => {
  const id = await endpointFor(['event.killed']);
  await happen(owner, 'killed', MANY);
  await recorded('event.killed', MANY);
  await untilTotal(id, 'status=delivered', MANY);
  const { workerPid } = testServer();
  // Otherwise the server's own worker, which is not killed, would do it all.
  process.kill(workerPid, 'SIGSTOP');
  const replays: { replay_id: string; count: number }[] = [];
  try {
    for (let kill = 0; kill < KILLS; kill += 1) {
      replays.push((await replay(id, {})).body);
      const worker = spawnWorker();
      const exited = once(worker, 'exit');
      const before = sink.received.length;
      await waitFor(() => sink.received.length > before, { timeoutMs: 60_000, everyMs: 5 });
      worker.kill('SIGKILL');
      await exited;
    }
  } finally {
    process.kill(workerPid, 'SIGCONT');
  }
  for (const { replay_id: replayId, count } of replays) {
    expect(count).toBe(MANY);
    await untilTotal(id, `replay_id=${replayId}&status=delivered`, MANY);
    expect(await total(id, `replay_id=${replayId}`)).toBe(MANY);
  }
}, 480_000);
