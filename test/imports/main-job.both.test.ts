import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { COHORTS, MONTHS_2021, WINDOWS } from '../factories/cdnow';
import { removeLargeRows } from '../factories/large-data';
import { type Person } from '../factories/people';
import { api, parseFn, parseRest, testServer, waitFor } from '../harness/app';
import { importFile, newImporter, PURCHASES, sendFile } from './support/imports';

const FILE = path.resolve(process.env['DATASETS_DIR'] ?? '../shared/data', 'cdnow.csv');
const describeWithData = existsSync(FILE) ? describe : describe.skip;

type Call = [name: string, params: Record<string, unknown>];

const ROUTES: Record<string, string> = {
  getUserAnalytics: '/api/business/analytics/users',
  getRevenueAnalytics: '/api/business/analytics/revenue',
  getRetention: '/api/business/analytics/retention',
};

/** The same calls by REST, by cloud function, and by the SDK in a process of its own. */
async function askAll(person: Person, calls: Call[]): Promise<unknown[][]> {
  const byRest = await Promise.all(
    calls.map(async ([name, params]) => {
      const query = new URLSearchParams(
        Object.entries(params).map(([key, value]): [string, string] => [key, String(value)]),
      );
      return (await api('GET', `${ROUTES[name]}?${query.toString()}`, { token: person.token })).body as unknown;
    }),
  );
  const byFunction = await Promise.all(
    calls.map(
      async ([name, params]) =>
        (await parseFn(name, params, { sessionToken: person.sessionToken })).body.result as unknown,
    ),
  );
  const { url, env } = testServer();
  const settings = {
    url: `${url}/parse`,
    appId: env['PARSE_APP_ID'] ?? 'appbackend',
    email: person.email,
    password: person.password,
    calls,
  };
  const script = path.join(__dirname, 'support/sdk-figures.cjs');
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(settings)]);
  const bySdk = JSON.parse(stdout.trim().split('\n').at(-1)!) as unknown[];
  return [byRest, byFunction, bySdk];
}

/** Needs cdnow.csv of DATASETS_DIR; skipped, visibly, without it. */
describeWithData('the main job with the CDNOW log', () => {
  let person: Person;
  afterAll(() => removeLargeRows(person.tenantId));
  beforeAll(async () => {
    person = await newImporter(['tenant:admin']);
    const job = await importFile(
      person.token,
      { ...PURCHASES, mapping: { purchased_at: 'date' } },
      readFileSync(FILE),
      'cdnow.csv',
    );
    expect(job).toMatchObject({ status: 'completed', counts: { read: 69659, inserted: 69659, rejected: 0 } });
  }, 240_000);

  it('gives the published figures through REST, cloud function and SDK', async () => {
    const calls = WINDOWS.flatMap(([start_date, end_date]): Call[] => [
      ['getUserAnalytics', { population: 'customers', start_date, end_date }],
      ['getRevenueAnalytics', { start_date, end_date }],
    ]);
    for (const answers of await askAll(person, calls)) {
      WINDOWS.forEach(([, , total_users, active_users, new_users, churned_users, total_revenue], index) => {
        expect(answers[2 * index]).toEqual({ total_users, active_users, new_users, churned_users });
        expect(answers[2 * index + 1]).toMatchObject({ total_revenue, currency: 'USD' });
      });
    }
  }, 120_000);

  it('gives the months of 2021 and the retention of its cohorts through every door', async () => {
    const calls: Call[] = [
      ['getRevenueAnalytics', { start_date: '2021-01-01', end_date: '2021-12-31', group_by: 'month' }],
      ['getRetention', { population: 'customers', cohort: 'month', start_date: '2021-01-01', end_date: '2021-09-30' }],
    ];
    for (const [revenue, retention] of (await askAll(person, calls)) as {
      groups: { total_revenue: number }[];
      cohorts: { period: string; size: number; active: number[] }[];
    }[][]) {
      expect(revenue!.groups.map((group) => group.total_revenue)).toEqual(MONTHS_2021);
      const cohorts = retention!.cohorts.filter(({ size }) => size > 0);
      expect(cohorts.map(({ period, size, active }) => ({ period, size, active: active.slice(0, 7) }))).toEqual(
        COHORTS,
      );
    }
  }, 120_000);

  it('shows one more purchase, its correction and its deletion within ten seconds, and at once with no-cache', async () => {
    const route = '/api/business/analytics/revenue?start_date=2021-03-01&end_date=2021-03-31';
    const cached = async (): Promise<number> =>
      (await api('GET', route, { token: person.token })).body.total_revenue as number;
    const fresh = async (): Promise<number> =>
      (await api('GET', route, { token: person.token, headers: { 'Cache-Control': 'no-cache' } })).body
        .total_revenue as number;
    const { sessionToken } = person;
    const purchased_at = { __type: 'Date', iso: '2021-03-15T12:00:00.000Z' };
    const made = await parseRest('POST', '/classes/Purchase', {
      sessionToken,
      body: { total: 10.01, currency: 'USD', purchased_at },
    });
    expect(made.status).toBe(201);
    expect(await fresh()).toBe(393165.28);
    await parseRest('PUT', `/classes/Purchase/${made.body.objectId}`, { sessionToken, body: { total: 5 } });
    await waitFor(async () => (await cached()) === 393160.27, { timeoutMs: 10_000 });
    await parseRest('DELETE', `/classes/Purchase/${made.body.objectId}`, { sessionToken });
    await waitFor(async () => (await cached()) === 393155.27, { timeoutMs: 10_000 });
  }, 60_000);

  it('drops an erased customer from the people, and keeps the revenue', async () => {
    const window = { start_date: '2021-01-01', end_date: '2022-06-30' };
    const query = new URLSearchParams({ population: 'customers', ...window }).toString();
    const headers = { 'Cache-Control': 'no-cache' };
    const erased = await api('POST', '/api/customers/00001/erase', { token: person.token, body: {} });
    expect(erased.status).toBeLessThan(300);
    const people = await api('GET', `/api/business/analytics/users?${query}`, { token: person.token, headers });
    expect(people.body.total_users).toBe(23543);
    const revenue = await api('GET', `/api/business/analytics/revenue?${new URLSearchParams(window).toString()}`, {
      token: person.token,
      headers,
    });
    expect(revenue.body.total_revenue).toBe(2500315.63);
  }, 60_000);
});

it('leaves no file behind of a request that became no job', async () => {
  const { token } = await newImporter();
  const uploads = (): string[] => readdirSync(path.join(testServer().dataDir, 'uploads'));
  await importFile(token, PURCHASES, 'customer_id,purchased_at,amount\nc1,2024-01-01,1\n');
  const before = new Set(uploads());
  const refused = await sendFile(token, { ...PURCHASES, no_such_option: 1 }, 'customer_id,purchased_at,amount\n');
  expect(refused.status).toBe(400);
  const preview = await sendFile(
    token,
    { ...PURCHASES, preview: 1 },
    'customer_id,purchased_at,amount\nc1,2024-01-01,1\n',
  );
  expect(preview.status).toBe(200);
  await waitFor(() => uploads().every((name) => before.has(name)));
});
