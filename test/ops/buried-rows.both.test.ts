import { randomUUID } from 'node:crypto';
import { database } from '../../core/database/database';
import { webhookDue } from '../../cloud/webhooks/send.due';
import { openServerDatabase } from '../analytics/support/store';
import { createPerson, createTenant } from '../factories/people';
import { adminToken, api, parseFn, parseRest, waitFor, type Answer } from '../harness/app';

let close: () => Promise<void>;
beforeAll(() => {
  close = openServerDatabase();
});
afterAll(() => close());

/** A row whose tries are over. Of no delivery: revived, it is done at once. */
async function bury(given: { key?: string; at?: Date; payload?: object } = {}): Promise<string> {
  const { key = `dead/${randomUUID()} ü`, at = new Date(), payload = deliveryOfNobody() } = given;
  const db = database();
  const error = { code: 'GIVEN_UP', message: 'The receiver is gone.' };
  if (db.kind === 'postgres')
    await db.pool.query(
      `insert into app.due_webhook (key, tenant, rank, state, due_at, state_at, attempts, payload, error)
       values ($1, 'tenant-1', 1, 'buried', $2, $2, 20, $3, $4)`,
      [key, at, payload, error],
    );
  else
    await db.db.collection<{ _id: string; [name: string]: unknown }>(`app_due_webhook`).insertOne({
      ...{ _id: key, tenant: 'tenant-1', rank: 1, state: 'buried', due_at: at, state_at: at, attempts: 20 },
      ...{ token: null, payload, error },
    });
  return key;
}

const deliveryOfNobody = (): object => ({ delivery_id: randomUUID(), endpoint_id: randomUUID() });

async function makeDeadJob(at: Date): Promise<string> {
  const failed_at = { __type: 'Date', iso: at.toISOString() };
  const { body } = await parseRest('POST', '/classes/DeadLetter', {
    masterKey: true,
    body: { message_id: randomUUID(), queue: 'webhooks', type: 'due.webhook', payload: '{"slot":0}', failed_at },
  });
  return body.objectId as string;
}

const asAdmin = async (method: string, route: string, body?: object): Promise<Answer> =>
  api(method, `/api/queue/dead-letter${route}`, { token: await adminToken(), ...(body ? { body } : {}) });
const list = async (query: string): Promise<any> => {
  const answer = await asAdmin('GET', `?${query}`);
  expect(answer.status).toBe(200);
  return answer.body;
};
const letterOf = async (key: string): Promise<any> =>
  (await list('table=webhook&limit=100')).dead_letters.find((letter: { key: string }) => letter.key === key);
const stateOf = async (key: string): Promise<string | undefined> => (await webhookDue.store.find(key))?.state;

describe('due rows whose tries are over', () => {
  it('are dead letters: table, key, tenant, error and time', async () => {
    const at = new Date();
    const key = await bury({ at });
    expect(await letterOf(key)).toMatchObject({
      message_id: `due_webhook:${key}`,
      ...{ queue: 'webhooks', type: 'due.webhook', table: 'webhook', key, tenant: 'tenant-1', attempts: 20 },
      ...{ last_error: 'GIVEN_UP: The receiver is gone.', failed_at: at.toISOString(), replayed_at: null },
    });
    const asFunction = await parseFn('listDeadLetters', { table: 'webhook', limit: 100 }, { masterKey: true });
    expect(asFunction.body.result.dead_letters.map((letter: { key: string }) => letter.key)).toContain(key);
  });

  it('stand beside dead jobs, the last one first, and on one page each', async () => {
    // Later than whatever else is there.
    const times = [1, 2, 3, 4, 5].map((minute) => new Date(Date.now() + minute * 60_000));
    const expected = [
      await bury({ at: times[0]! }),
      await makeDeadJob(times[1]!),
      await bury({ at: times[2]! }),
      await makeDeadJob(times[3]!),
      await bury({ at: times[4]! }),
    ].reverse();
    const seen = async (query: string) =>
      (await list(query)).dead_letters.map(({ key, id }: { key: string | null; id: string }) => key ?? id);
    expect(await seen('queue=webhooks&limit=5')).toEqual(expected);
    const pages = await Promise.all([1, 2, 3, 4, 5].map((page) => seen(`queue=webhooks&limit=1&page=${page}`)));
    expect(pages.flat()).toEqual(expected);
    expect(await seen('queue=webhooks&limit=2&offset=3')).toEqual(expected.slice(3));
    expect(await seen('table=webhook&limit=3')).toEqual([expected[0], expected[2], expected[4]]);
    const { total, dead_letters } = await list('queue=webhooks&limit=1');
    expect(dead_letters).toHaveLength(1);
    expect(await list(`queue=webhooks&limit=1&offset=${total}`)).toMatchObject({ dead_letters: [], total });
    expect((await list('queue=email&limit=100')).dead_letters).not.toContainEqual(
      expect.objectContaining({ table: 'webhook' }),
    );
    // They died later than now, and what dies later is not put back with its table.
    for (const { id } of (await list('table=webhook&limit=3')).dead_letters) await asAdmin('POST', `/${id}/replay`, {});
  });

  it('are put back by their id, with all their tries, and are then gone from the list', async () => {
    const key = await bury();
    const { id } = await letterOf(key);
    const replayed = await asAdmin('POST', `/${id}/replay`, {});
    expect(replayed).toMatchObject({ status: 202, body: { id, status: 'queued' } });
    await waitFor(async () => (await stateOf(key)) === 'done');
    expect(await letterOf(key)).toBeUndefined();
    // It has been done: once more would be once too often.
    expect(await asAdmin('POST', `/${id}/replay`, {})).toMatchObject({ status: 409 });
  });

  it('of a table are put back all at once, after a count that changes nothing', async () => {
    await asAdmin('POST', '/replay', { table: 'webhook' });
    const keys = [await bury(), await bury(), await bury()];
    const dry = await asAdmin('POST', '/replay', { table: 'webhook', dry_run: true });
    expect(dry).toMatchObject({ status: 200, body: { table: 'webhook', dry_run: true, count: 3, remaining: 0 } });
    expect(await Promise.all(keys.map(stateOf))).toEqual(['buried', 'buried', 'buried']);
    const done = await asAdmin('POST', '/replay', { table: 'webhook' });
    expect(done).toMatchObject({ status: 200, body: { table: 'webhook', dry_run: false, count: 3, remaining: 0 } });
    await waitFor(async () => (await Promise.all(keys.map(stateOf))).every((state) => state === 'done'));
  });

  it('count in the status of the queues', async () => {
    await bury();
    const where = encodeURIComponent(JSON.stringify({ replayed_at: { $exists: false } }));
    await waitFor(async () => {
      const open = await parseRest('GET', `/classes/DeadLetter?where=${where}&count=1&limit=0`, { masterKey: true });
      const buried = await webhookDue.store.count('buried', 1000);
      return buried > 0 && (await api('GET', '/api/queue/status')).body.dead_letter >= open.body.count + buried;
    });
  });

  it('are refused where nothing is meant', async () => {
    const idOf = (table: string, key: string) => `${table}.${Buffer.from(key).toString('base64url')}`;
    for (const id of [idOf('webhook', 'nobody'), idOf('nothing', 'a'), idOf('webhook', 'a\0b'), 'webhook.'])
      expect([id, (await asAdmin('POST', `/${encodeURIComponent(id)}/replay`, {})).status]).toEqual([id, 404]);
    expect((await asAdmin('GET', '?table=nothing')).status).toBe(400);
    expect((await asAdmin('POST', '/replay', { table: 'nothing' })).status).toBe(400);
    expect((await asAdmin('POST', '/replay', {})).status).toBe(400);
  });

  it('are for administrators only', async () => {
    const key = await bury();
    const { id } = await letterOf(key);
    const owner = await createPerson({ roles: ['tenant:admin'], tenant: await createTenant() });
    for (const [token, status] of [
      [undefined, 401],
      [owner.token, 403],
    ] as const) {
      const asked = token ? { token, body: {} } : { body: {} };
      expect((await api('POST', `/api/queue/dead-letter/${id}/replay`, asked)).status).toBe(status);
      expect(
        (await api('POST', '/api/queue/dead-letter/replay', { ...asked, body: { table: 'webhook' } })).status,
      ).toBe(status);
    }
    expect(await stateOf(key)).toBe('buried');
  });
});
