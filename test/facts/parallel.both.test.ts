import { randomUUID } from 'node:crypto';
import { database } from '../../core/database/database';
import { openServerDatabase } from '../analytics/support/store';
import { createPerson, createTenant, type Person } from '../factories/people';
import { api, LANE, parseRest, testServer } from '../harness/app';

const FRESH = { 'Cache-Control': 'no-cache' };
const DAY = '2025-01-15';
const at = (day: string) => ({ __type: 'Date', iso: `${day}T10:00:00.000Z` });

let analyst: Person;
beforeEach(async () => {
  analyst = await createPerson({ roles: ['analyst', 'tenant:admin'], tenant: await createTenant() });
});
const asAnalyst = () => ({ sessionToken: analyst.sessionToken });

async function create(className: string, body: object): Promise<string> {
  const made = await parseRest('POST', `/classes/${className}`, { ...asAnalyst(), body });
  expect(made.status).toBe(201);
  return made.body.objectId;
}

const read = async (className: string, id: string) =>
  (await parseRest('GET', `/classes/${className}/${id}`, asAnalyst())).body;

/** All at once, each through a request of its own. @returns their statuses, each once */
async function changeAtOnce(className: string, id: string, changes: readonly object[]): Promise<number[]> {
  const route = `/classes/${className}/${id}`;
  const answers = await Promise.all(changes.map((body) => parseRest('PUT', route, { ...asAnalyst(), body })));
  return [...new Set(answers.map(({ status }) => status))];
}

async function revenue(day = DAY): Promise<{ total_revenue: number; mrr: number }> {
  const route = `/api/business/analytics/revenue?start_date=${day}&end_date=${day}`;
  return (await api('GET', route, { token: analyst.token, headers: FRESH })).body;
}

const today = () => new Date().toISOString().slice(0, 10);
const purchase = { total: 10, currency: 'USD', purchased_at: at(DAY) };
const increment = (amount = 1) => ({ total: { __op: 'Increment', amount } });

describe('a purchase that many change at once', () => {
  it('has the minor units of its total, and the figures have its total', async () => {
    const id = await create('Purchase', purchase);
    expect(await changeAtOnce('Purchase', id, Array(30).fill(increment()))).toEqual([200]);
    expect(await read('Purchase', id)).toMatchObject({ total: 40, total_minor: 4000 });
    expect((await revenue()).total_revenue).toBe(40);
  });

  it('has the minor units of its currency', async () => {
    const id = await create('Purchase', purchase);
    const changes = [...Array(9).fill(increment()), { currency: 'JPY' }, { currency: 'KWD' }];
    expect(await changeAtOnce('Purchase', id, changes)).toEqual([200]);
    const { total, total_minor, currency } = await read('Purchase', id);
    expect({ total, total_minor }).toEqual({ total: 19, total_minor: { JPY: 19, KWD: 19_000 }[currency as string] });
  });

  it('counts on its last day alone', async () => {
    const id = await create('Purchase', purchase);
    const days = ['2025-02-01', '2025-02-02', '2025-02-03', '2025-02-04'];
    expect(
      await changeAtOnce(
        'Purchase',
        id,
        days.map((day) => ({ purchased_at: at(day) })),
      ),
    ).toEqual([200]);
    const last = (await read('Purchase', id)).purchased_at.iso.slice(0, 10);
    for (const day of [DAY, ...days]) expect((await revenue(day)).total_revenue).toBe(day === last ? 10 : 0);
  });

  it('is found by its last order_id, and the others are free', async () => {
    const id = await create('Purchase', purchase);
    const names = Array.from({ length: 6 }, () => randomUUID());
    expect(
      await changeAtOnce(
        'Purchase',
        id,
        names.map((order_id) => ({ order_id })),
      ),
    ).toEqual([200]);
    const { order_id } = await read('Purchase', id);
    for (const name of names) {
      const body = { ...purchase, order_id: name };
      const { status } = await parseRest('POST', '/classes/Purchase', { ...asAnalyst(), body });
      expect([name, status]).toEqual([name, name === order_id ? 400 : 201]);
    }
  });

  it('through a batch, the master key, GraphQL and REST at once', async () => {
    const id = await create('Purchase', purchase);
    const requests = Array(10).fill({ method: 'PUT', path: `/parse/classes/Purchase/${id}`, body: increment() });
    const route = `/classes/Purchase/${id}`;
    const answers = await Promise.all([
      parseRest('POST', '/batch', { ...asAnalyst(), body: { requests } }),
      ...Array.from({ length: 5 }, () => parseRest('PUT', route, { masterKey: true, body: increment() })),
      ...Array.from({ length: 5 }, () => parseRest('PUT', route, { ...asAnalyst(), body: increment() })),
      api('POST', '/graphql', {
        headers: {
          'X-Parse-Application-Id': testServer().env['PARSE_APP_ID'] ?? 'appbackend',
          'X-Parse-Session-Token': analyst.sessionToken,
        },
        body: {
          query: `mutation { updatePurchase(input: { id: "${id}", fields: { currency: "EUR" } }) { purchase { currency } } }`,
        },
      }),
    ]);
    expect([...new Set(answers.map(({ status }) => status))]).toEqual([200]);
    expect(answers[0].body).toEqual(Array(10).fill({ success: expect.anything() }));
    expect(await read('Purchase', id)).toMatchObject({ total: 30, total_minor: 3000, currency: 'EUR' });
  });

  it('takes no change beyond what can be counted, however many come', async () => {
    const id = await create('Purchase', { ...purchase, total: 80e12 });
    const statuses = await changeAtOnce('Purchase', id, Array(8).fill(increment(5e12)));
    expect(statuses.sort()).toEqual([200, 400]);
    const { total, total_minor } = await read('Purchase', id);
    expect([total, total_minor]).toEqual([90e12, 90e14]);
  });

  it('is not changed twice by one transaction, of which nothing is stored', async () => {
    const id = await create('Purchase', purchase);
    const put = (body: object) => ({ method: 'PUT', path: `/parse/classes/Purchase/${id}`, body });
    const body = { transaction: true, requests: [put(increment()), put({ currency: 'JPY' })] };
    const answer = await parseRest('POST', '/batch', { ...asAnalyst(), body });
    // The stand-in for MongoDB has no transactions.
    expect([answer.status, answer.body.code]).toEqual([400, LANE === 'mongo' ? 108 : 137]);
    expect(await read('Purchase', id)).toMatchObject({ total: 10, total_minor: 1000, currency: 'USD' });
  });

  it('stays as it is for a member who may read it only', async () => {
    const id = await create('Purchase', purchase);
    const member = await createPerson({ roles: ['tenant:member'], tenant: analyst.tenantId });
    const answer = await parseRest('PUT', `/classes/Purchase/${id}`, {
      sessionToken: member.sessionToken,
      body: increment(),
    });
    expect([answer.status, answer.body.code]).toEqual([404, 101]);
    expect(await read('Purchase', id)).toMatchObject({ total: 10, total_minor: 1000 });
  });

  it('can be changed where its date has parts of a millisecond', async () => {
    const id = await create('Purchase', purchase);
    const close = openServerDatabase();
    const opened = database();
    // MongoDB has no such dates.
    if (opened.kind === 'postgres')
      await opened.pool.query(
        `update "Purchase" set purchased_at = purchased_at + interval '123456 microseconds' where "objectId" = $1`,
        [id],
      );
    await close();
    expect(await changeAtOnce('Purchase', id, Array(3).fill(increment()))).toEqual([200]);
    expect(await read('Purchase', id)).toMatchObject({ total: 13, total_minor: 1300 });
  });

  it('that is deleted meanwhile stays away', async () => {
    const id = await create('Purchase', purchase);
    const route = `/classes/Purchase/${id}`;
    const answers = await Promise.all([
      ...Array.from({ length: 10 }, () => parseRest('PUT', route, { ...asAnalyst(), body: increment() })),
      parseRest('DELETE', route, asAnalyst()),
    ]);
    // Whoever comes after the deletion finds nothing.
    for (const { status } of answers) expect([200, 404]).toContain(status);
    expect((await parseRest('GET', route, asAnalyst())).status).toBe(404);
    expect((await revenue()).total_revenue).toBe(0);
  });
});

describe('a subscription that two change at once', () => {
  const subscription = {
    plan: 'pro',
    amount: 10,
    currency: 'USD',
    interval: 'month',
    started_at: at('2025-01-01'),
  };
  const lastVersion = ({ versions }: { versions: object[] }) => versions.at(-1);

  it('keeps both changes, in its row, its versions and the figures', async () => {
    for (let round = 0; round < 5; round += 1) {
      const id = await create('Subscription', subscription);
      expect(await changeAtOnce('Subscription', id, [{ amount: 20 }, { plan: 'team' }])).toEqual([200]);
      const row = await read('Subscription', id);
      expect(row).toMatchObject({ amount: 20, amount_minor: 2000, plan: 'team' });
      expect(lastVersion(row)).toMatchObject({ annual_minor: 24_000, currency: 'USD', plan: 'team' });
    }
    expect((await revenue(today())).mrr).toBe(100);
  });

  it('of which one is its interval, another its currency', async () => {
    const id = await create('Subscription', subscription);
    const changes = [{ interval: 'year' }, { currency: 'JPY' }, { amount: 30 }, { plan: 'solo' }];
    expect(await changeAtOnce('Subscription', id, changes)).toEqual([200]);
    const row = await read('Subscription', id);
    expect(row).toMatchObject({ amount: 30, amount_minor: 30, interval: 'year', currency: 'JPY' });
    expect(lastVersion(row)).toMatchObject({ annual_minor: 30, currency: 'JPY', plan: 'solo' });
  });

  it('never ends before it starts', async () => {
    const id = await create('Subscription', subscription);
    await changeAtOnce('Subscription', id, [{ started_at: at('2025-03-01') }, { cancelled_at: at('2025-02-01') }]);
    const { started_at, cancelled_at } = await read('Subscription', id);
    expect(!cancelled_at || cancelled_at.iso >= started_at.iso).toBe(true);
  });
});

it('a cost has the minor units of its amount', async () => {
  const id = await create('Cost', { date: at(DAY), amount: 10, currency: 'USD' });
  const changes = [...Array(10).fill({ amount: { __op: 'Increment', amount: 1 } }), { currency: 'JPY' }];
  expect(await changeAtOnce('Cost', id, changes)).toEqual([200]);
  expect(await read('Cost', id)).toMatchObject({ amount: 20, amount_minor: 20, currency: 'JPY' });
});

it.each([
  ['Customer', 'external_id', {}],
  ['Product', 'external_id', { external_id: 'first' }],
  ['Event', 'event_id', { event_type: 'x' }],
])('a %s is found by its last %s', async (className, idField, fields) => {
  const id = await create(className, fields);
  const names = Array.from({ length: 6 }, () => randomUUID());
  expect(
    await changeAtOnce(
      className,
      id,
      names.map((name) => ({ [idField]: name })),
    ),
  ).toEqual([200]);
  const { unique_key, ...row } = await read(className, id);
  expect(unique_key).toBe(`${analyst.tenantId}:${row[idField]}`);
});
