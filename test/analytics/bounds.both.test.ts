import { adminToken, api, parseFn } from '../harness/app';

let token: string;
beforeAll(async () => {
  token = await adminToken();
});

const DAY = /^\d{4}-\d\d-\d\d$/;

/** The same question through both doors, and what each says is wrong with it. */
async function refusalsOf(route: string, name: string, input: Record<string, string>): Promise<string[]> {
  const query = new URLSearchParams(input).toString();
  const rest = await api('GET', `/api/business/analytics${route}?${query}`, { token });
  const cloud = await parseFn(name, input, { token });
  expect([rest.status, cloud.status]).toEqual([400, 400]);
  const both = [rest.body.error, JSON.parse(cloud.body.error)];
  for (const { code, details } of both) {
    expect(code).toBe('VALIDATION_ERROR');
    expect(details.issues[0].path).toMatch(/^(group_by|cohort|start_date|end_date)$/);
  }
  return both.map(({ message }) => message as string);
}

const YEARS_300 = { start_date: '1900-01-01', end_date: '2199-12-31' };

describe('groups', () => {
  it.each([
    ['day', '109,573', 'week or month, or fewer days'],
    ['week', '15,654', 'month, or fewer days'],
  ])('by %s over 300 years are too many, which is said before anything is read', async (group_by, count, advice) => {
    const message = `group_by ${group_by} would give ${count} groups, at most 4,000 are answered; choose ${advice}.`;
    const input = { ...YEARS_300, group_by };
    expect(await refusalsOf('/revenue', 'getRevenueAnalytics', input)).toEqual([message, message]);
  });

  it('by day over ten years are answered, every one', async () => {
    const window = 'start_date=1950-01-01&end_date=1959-12-31';
    const { status, body } = await api('GET', `/api/business/analytics/revenue?${window}&group_by=day`, { token });
    expect(status).toBe(200);
    expect(body.groups).toHaveLength(3652);
    expect(body.groups.every(({ key }: { key: string }) => DAY.test(key))).toBe(true);
  });

  it('by month over 300 years are answered', async () => {
    const query = new URLSearchParams({ ...YEARS_300, group_by: 'month' }).toString();
    const { status, body } = await api('GET', `/api/business/analytics/revenue?${query}`, { token });
    expect([status, body.groups.length]).toEqual([200, 3600]);
  });

  it('of a retention are no more than a table can show', async () => {
    const message =
      /^cohort day would give 730 cohorts, at most 400 are answered; choose week or month, or fewer days\.$/;
    const input = { start_date: '2018-01-01', end_date: '2019-12-31', cohort: 'day' };
    for (const said of await refusalsOf('/retention', 'getRetention', input)) expect(said).toMatch(message);
  });
});

const READS = [
  ['', 'getBusinessAnalytics'],
  ['/users', 'getUserAnalytics'],
  ['/revenue', 'getRevenueAnalytics'],
  ['/retention', 'getRetention'],
] as const;

describe.each(READS)('the window of %s (%s)', (route, name) => {
  it.each([
    [{ start_date: '0000-01-01' }, /^start_date must be a day from 1900-01-01 to 2199-12-31\.$/],
    [{ end_date: '0001-01-05' }, /^end_date must be a day from 1900-01-01/],
    [{ start_date: '9999-12-31' }, /^start_date must be a day from 1900-01-01/],
    [{ start_date: '1900-01-01', end_date: '2200-01-01' }, /^end_date must be a day from/],
    [{ start_date: '2021-03-02', end_date: '2021-03-01' }, /^end_date must not be before start_date\.$/],
    [{ start_date: '2021-02-29' }, /^start_date is no day of the calendar\.$/],
    [{ start_date: '2021-03-01T00:00:00Z' }, /^start_date must be a day such as 2021-03-01, without a time\.$/],
    [{ start_date: '' }, /^start_date must be a day such as 2021-03-01\.$/],
  ])('refuses %j', async (input, message) => {
    for (const said of await refusalsOf(route, name, input)) expect(said).toMatch(message);
  });

  it('may be as long as the calendar', async () => {
    const query = new URLSearchParams({ ...YEARS_300, ...(route === '/retention' ? { cohort: 'month' } : {}) });
    const { status } = await api('GET', `/api/business/analytics${route}?${query.toString()}`, { token });
    expect(status).toBe(route === '/retention' ? 400 : 200);
  });
});
