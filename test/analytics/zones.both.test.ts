import { createPerson, createTenant, type Person } from '../factories/people';
import { api, parseRest, waitFor } from '../harness/app';

const FRESH = { 'Cache-Control': 'no-cache' };

async function analystIn(settings: { time_zone?: string }): Promise<Person> {
  return createPerson({ roles: ['analyst', 'tenant:admin'], tenant: await createTenant({ settings }) });
}

async function daysOf(person: Person, start: string, end: string, groupBy = ''): Promise<Record<string, number>> {
  const route = `/api/business/analytics/revenue?group_by=day&start_date=${start}&end_date=${end}${groupBy}`;
  const { status, body } = await api('GET', route, { token: person.token, headers: FRESH });
  expect(status).toBe(200);
  const groups = body.groups as { key: string; total_revenue: number }[];
  return Object.fromEntries(
    groups.filter(({ total_revenue }) => total_revenue).map(({ key, total_revenue }) => [key, total_revenue]),
  );
}

async function importRows(person: Person, data: object[], options: object = {}) {
  const body = { options: { data_type: 'purchases', ...options }, data };
  const accepted = await api('POST', '/api/data/batch', { token: person.token, body });
  if (accepted.status !== 202) return accepted;
  return waitFor(async () => {
    const { body: job } = await api('GET', `/api/data/status/${accepted.body.job_id}`, { token: person.token });
    return ['completed', 'failed'].includes(job.status) && { status: 202, body: job };
  });
}

const buy = (person: Person, total: number, iso: string) =>
  parseRest('POST', '/classes/Purchase', {
    sessionToken: person.sessionToken,
    body: { total, currency: 'USD', purchased_at: { __type: 'Date', iso } },
  });

// Abbreviations first, says PostgreSQL of a zone's name: CET without summer time. So it hears none.
describe.each([
  ['Europe/Brussels', 2],
  ['CET', 2],
  ['MET', 2],
  ['EET', 3],
  ['WET', 1],
  ['EST5EDT', -4],
  ['MST', -7],
  // Newer than the tables of many databases, and with a midnight of its own.
  ['America/Coyhaique', -3],
])('days of the zone %s', (zone, offset) => {
  it('are those of its clocks, for imports and for saved rows', async () => {
    const person = await analystIn({ time_zone: zone });
    const rows = [
      { purchased_at: '2025-07-02', amount: 2, currency: 'USD' },
      { purchased_at: '2025-07-02T23:30:00', amount: 8, currency: 'USD' },
    ];
    expect((await importRows(person, rows)).body).toMatchObject({ status: 'completed' });
    const instant = (local: string) => new Date(Date.parse(`${local}Z`) - offset * 3_600_000).toISOString();
    await buy(person, 16, instant('2025-07-02T00:00:00.000'));
    await buy(person, 32, instant('2025-07-02T23:59:59.999'));
    expect(await daysOf(person, '2025-06-30', '2025-07-04')).toEqual({ '2025-07-02': 58 });
  });
});

it('days are counted alike where a clock was not on a quarter of an hour', async () => {
  // Until 1972 the clocks of Monrovia were 44 minutes and 30 seconds behind UTC.
  const person = await analystIn({ time_zone: 'Africa/Monrovia' });
  const rows = [
    { purchased_at: '1971-07-02T00:00:10', amount: 1, currency: 'USD' },
    { purchased_at: '1971-07-02T23:59:50', amount: 2, currency: 'USD' },
  ];
  expect((await importRows(person, rows)).body).toMatchObject({ status: 'completed' });
  await buy(person, 4, '1971-07-02T00:44:40.000Z');
  expect(await daysOf(person, '1971-06-30', '1971-07-04')).toEqual({ '1971-07-02': 7 });
});

it.each(['IST', 'AET', 'US/Pacific-New', '+02:00'])('an import whose time_zone is %s is refused', async (time_zone) => {
  const person = await analystIn({});
  const rows = [{ purchased_at: '2025-07-02', amount: 2, currency: 'USD' }];
  const answer = await importRows(person, rows, { time_zone });
  expect(answer.status).toBe(400);
  expect(answer.body.error.details.issues).toMatchObject([{ path: 'options.time_zone', code: 'not_allowed' }]);
});

it('an import in a zone of its own falls on the days of the tenant', async () => {
  const person = await analystIn({ time_zone: 'Asia/Tokyo' });
  const rows = [{ purchased_at: '2025-07-02T20:00:00', amount: 2, currency: 'USD' }];
  expect((await importRows(person, rows, { time_zone: 'CET' })).body).toMatchObject({ status: 'completed' });
  expect(await daysOf(person, '2025-06-30', '2025-07-04')).toEqual({ '2025-07-03': 2 });
});

describe('a zone that is changed', () => {
  const setZone = (person: Person, time_zone: string) =>
    parseRest('PUT', `/classes/Tenant/${person.tenantId}`, {
      masterKey: true,
      body: { settings: { time_zone, currency: 'USD' } },
    });

  it('before the first fold keeps what was bought before', async () => {
    const person = await analystIn({ time_zone: 'UTC' });
    await buy(person, 1, '2025-01-15T02:00:00.000Z');
    await setZone(person, 'America/Chicago');
    await waitFor(async () => (await daysOf(person, '2025-01-01', '2025-01-31'))['2025-01-14'] === 1);
    expect(await daysOf(person, '2025-01-01', '2025-01-31')).toEqual({ '2025-01-14': 1 });
  });

  it('in both directions, again and again, loses nothing that is bought meanwhile', async () => {
    const person = await analystIn({ time_zone: 'UTC' });
    const zones = ['Pacific/Kiritimati', 'Pacific/Pago_Pago', 'UTC'];
    for (let round = 0; round < 6; round += 1) {
      await Promise.all([
        setZone(person, zones[round % zones.length]!),
        buy(person, 1, '2025-01-15T00:30:00.000Z'),
        buy(person, 1, '2025-01-15T23:30:00.000Z'),
        ...(round % 2 ? [daysOf(person, '2025-01-01', '2025-01-31')] : []),
      ]);
    }
    await waitFor(async () => {
      const days = await daysOf(person, '2025-01-01', '2025-01-31');
      return days['2025-01-15'] === 12 && Object.keys(days).length === 1;
    });
  });
});
