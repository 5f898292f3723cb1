import { randomUUID } from 'node:crypto';
import { createPerson, createTenant, type Person } from '../factories/people';
import { api, parseRest, testServer } from '../harness/app';

const NO_DATES = [
  '2025-02-30T00:00:00.000Z',
  '2025-13-01T00:00:00.000Z',
  '2025-00-10T00:00:00.000Z',
  '2023-02-29T00:00:00.000Z',
  '2025-01-20T00:00:00',
  '2025-01-20T00:00:00.000',
  '2025-01-20',
  '2025-01',
  '2025',
  'Jan 20, 2025',
  'Mon, 20 Jan 2025 00:00:00 GMT',
  '2025/01/20',
  '20250120T000000Z',
  '2025-01-20 00:00:00Z',
  '2025-01-01T24:00:00.000Z',
  '2025-01-01T10:60:00.000Z',
  '2025-01-01T10:00:60.000Z',
  '2025-01-01T10:00:00.000+25:00',
  '0000-01-01T00:00:00.000Z',
  '+010000-01-01T00:00:00.000Z',
  '-000001-01-01T00:00:00.000Z',
  ' 2025-01-20T00:00:00.000Z',
  '',
  'now',
  'infinity',
  1737331200000,
  null,
  {},
];
/** In the calendar, but no facts: an import says INVALID_DATE of them. */
const FAR_DATES = ['0001-01-01T00:00:00.000Z', '1899-12-31T23:59:59.999Z', '2201-01-01T00:00:00.000Z'];
const DATES: [string, string][] = [
  ['2025-01-20T10:00:00.000Z', '2025-01-20T10:00:00.000Z'],
  ['2025-01-20T10:00:00Z', '2025-01-20T10:00:00.000Z'],
  ['2024-02-29T10:00:00.5Z', '2024-02-29T10:00:00.500Z'],
  ['2025-01-20T10:00:00.123456Z', '2025-01-20T10:00:00.123Z'],
  ['2025-01-20T00:30:00+02:00', '2025-01-19T22:30:00.000Z'],
  ['2025-01-20T23:30:00-05:30', '2025-01-21T05:00:00.000Z'],
];

const date = (iso: unknown) => ({ __type: 'Date', iso });
const purchase = (iso: unknown) => ({ total: 1, currency: 'USD', purchased_at: date(iso) });

let analyst: Person;
beforeAll(async () => {
  analyst = await createPerson({ roles: ['analyst', 'tenant:admin'], tenant: await createTenant() });
});
const asAnalyst = () => ({ sessionToken: analyst.sessionToken });

it.each(NO_DATES)('a row with the date %j is refused', async (iso) => {
  const answer = await parseRest('POST', '/classes/Purchase', { ...asAnalyst(), body: purchase(iso) });
  expect([answer.status, answer.body.code]).toEqual([400, 111]);
});

it.each(FAR_DATES)('a fact of %j is refused', async (iso) => {
  const answer = await parseRest('POST', '/classes/Purchase', { ...asAnalyst(), body: purchase(iso) });
  expect([answer.status, answer.body.code]).toEqual([400, 142]);
});

it.each(DATES)('a row with the date %s is stored as %s', async (iso, stored) => {
  const made = await parseRest('POST', '/classes/Purchase', { ...asAnalyst(), body: purchase(iso) });
  expect(made.status).toBe(201);
  const read = await parseRest('GET', `/classes/Purchase/${made.body.objectId}`, asAnalyst());
  expect(read.body.purchased_at.iso).toBe(stored);
  const where = encodeURIComponent(JSON.stringify({ objectId: made.body.objectId, purchased_at: date(stored) }));
  const found = await parseRest('GET', `/classes/Purchase?where=${where}`, asAnalyst());
  expect(found.body.results).toHaveLength(1);
});

const BAD = date('2025-02-30T00:00:00.000Z');

describe('no day of the calendar is refused', () => {
  it.each([
    ['in an object', { event_type: 'x', properties: { deep: { at: BAD } } }],
    ['in a list of an object', { event_type: 'x', properties: { list: [1, [BAD]] } }],
    ['beside a good one', { event_type: 'x', timestamp: date('2025-01-20T10:00:00.000Z'), properties: { at: BAD } }],
    ['in createdAt', { event_type: 'x', createdAt: BAD }],
  ])('%s', async (_name, body) => {
    for (const credentials of [asAnalyst(), { masterKey: true as const }]) {
      const answer = await parseRest('POST', '/classes/Event', { ...credentials, body });
      expect([answer.status, answer.body.code]).toEqual([400, 111]);
    }
  });

  it('in an operation on a list', async () => {
    const body = { external_id: randomUUID(), tags: { __op: 'AddUnique', objects: [BAD] } };
    const answer = await parseRest('POST', '/classes/Customer', { ...asAnalyst(), body });
    expect([answer.status, answer.body.code]).toEqual([400, 111]);
  });

  it('in a batch, where the others are stored', async () => {
    const request = (iso: unknown) => ({ method: 'POST', path: '/parse/classes/Purchase', body: purchase(iso) });
    const requests = [request('2025-01-20T10:00:00.000Z'), request('2025-02-30T00:00:00.000Z')];
    const answer = await parseRest('POST', '/batch', { ...asAnalyst(), body: { requests } });
    expect([answer.status, answer.body.code]).toEqual([400, 111]);
  });

  it.each([
    [{ purchased_at: { $gt: BAD } }],
    [{ purchased_at: { $in: [BAD] } }],
    [{ $or: [{ purchased_at: BAD }, { total: 1 }] }],
    [{ createdAt: { $gt: BAD } }],
    [{ createdAt: { $gt: '2025-02-30T00:00:00.000Z' } }],
    [{ createdAt: '2025-02-30T00:00:00.000Z' }],
    [{ updatedAt: { $lte: 'Jan 20, 2025' } }],
    [{ $and: [{ updatedAt: '2025-01-20T00:00:00' }] }],
  ])('in the query %j', async (where) => {
    const answer = await parseRest('GET', `/classes/Purchase?where=${encodeURIComponent(JSON.stringify(where))}`, {
      ...asAnalyst(),
    });
    expect(answer.status).toBe(400);
    const body = { _method: 'GET', where };
    expect((await parseRest('POST', '/classes/Purchase', { ...asAnalyst(), body })).status).toBe(400);
  });

  it('as a parameter of a cloud function', async () => {
    const body = { start_date: BAD };
    const answer = await parseRest('POST', '/functions/getRevenueAnalytics', { ...asAnalyst(), body });
    expect([answer.status, answer.body.code]).toEqual([400, 111]);
  });

  it.each(['2025-02-30', '2025-1-2', '2025-01-20T00:00:00Z', 'Jan 20, 2025', '0000-01-01', '+010000-01-01'])(
    'as start_date=%s of /api',
    async (day) => {
      const route = `/api/business/analytics/revenue?start_date=${encodeURIComponent(day)}`;
      expect((await api('GET', route, { token: analyst.token })).status).toBe(400);
    },
  );
});

describe('GraphQL', () => {
  const ask = (query: string, variables: object = {}) =>
    api('POST', '/graphql', {
      headers: {
        'X-Parse-Application-Id': testServer().env['PARSE_APP_ID'] ?? 'appbackend',
        'X-Parse-Session-Token': analyst.sessionToken,
      },
      body: { query, variables },
    });
  const create = (at: string) => `mutation($at: Date) { createPurchase(input: { fields: {
    total: 1, currency: "USD", purchased_at: ${at} } }) { purchase { objectId purchased_at } } }`;

  it.each(NO_DATES.filter((value) => typeof value === 'string'))('refuses the date %j', async (iso) => {
    for (const answer of [
      await ask(create(JSON.stringify(iso)).replace('($at: Date)', '')),
      await ask(create('$at'), { at: iso }),
      await ask(`{ purchases(where: { purchased_at: { equalTo: ${JSON.stringify(iso)} } }) { count } }`),
    ]) {
      expect(answer.status).toBe(400);
      expect(answer.body.errors).toHaveLength(1);
    }
  });

  it('takes the forms that REST takes', async () => {
    const { body } = await ask(create('"2025-01-20T00:30:00+02:00"').replace('($at: Date)', ''));
    expect(body.data.createPurchase.purchase.purchased_at).toBe('2025-01-19T22:30:00.000Z');
    const typed = await ask(create('$at'), { at: date('2025-01-20T10:00:00Z') });
    expect(typed.body.data.createPurchase.purchase.purchased_at).toBe('2025-01-20T10:00:00.000Z');
  });
});
