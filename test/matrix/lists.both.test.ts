import { createPerson, logIn, type Person } from '../factories/people';
import { paramsOf, registry, type OperationFacts } from '../factories/registry';
import { api, parseFn } from '../harness/app';
import { waitForJob, newImporter } from '../imports/support/imports';
import { askFunction, askRest } from './support/two-doors';

/** Whatever takes a limit is a list. */
const lists = registry().operations.filter(({ input }) => input.properties?.['limit']);
const each = lists.map((operation) => [operation.name, operation] as const);

let admin: Person;
let jobId: string;
let webhookId: string;

beforeAll(async () => {
  admin = await createPerson({ roles: ['admin'] });
  const importer = await newImporter();
  const data = ['a', 'b', 'c'].map((id) => ({ customer_id: id }));
  const sent = await api('POST', '/api/data/process', {
    token: importer.token,
    body: { data_type: 'customers', data },
  });
  jobId = sent.body.job_id;
  await waitForJob(importer.token, jobId);
  const url = 'https://hooks.example.com/in';
  webhookId = (await api('POST', '/api/webhooks', { token: admin.token, body: { url } })).body.id;
});

const params = (operation: OperationFacts): Record<string, string> =>
  Object.fromEntries(
    paramsOf(operation.rest!).map((name) => [name, { job_id: jobId, webhook_id: webhookId }[name] ?? 'none000000']),
  );

function routeOf(operation: OperationFacts, query: string): string {
  return `/api${operation.rest!.path.replace(/\{(\w+)\}/g, (_all, name: string) => params(operation)[name]!)}?${query}`;
}

/** The entries: the one list at the top of the answer. */
function entriesOf({ warnings: _warnings, ...body }: Record<string, unknown>): unknown[] {
  const found = Object.values(body).filter(Array.isArray);
  expect(found).toHaveLength(1);
  return found[0] as unknown[];
}

it('lists are known by their limit, and there are some', () => {
  expect(lists.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['listUsers', 'listDeadLetters', 'getJobResults']),
  );
});

describe.each(each)('%s', (_name, operation) => {
  const most = operation.input.properties!['limit']!.maximum!;

  it('takes the one form of paging, within the bounds of the contract', () => {
    const { page, offset, limit } = operation.input.properties!;
    expect([page, offset, limit].map((field) => field?.type)).toEqual(['integer', 'integer', 'integer']);
    expect([page!.minimum, offset!.minimum, limit!.minimum]).toEqual([1, 0, 1]);
    expect([[20, 100], [100, 1000]]).toContainEqual([limit!.default, most]); // prettier-ignore
  });

  it('answers where it begins, and the exact total', async () => {
    const all = await api('GET', routeOf(operation, `limit=${most}`), { token: admin.token });
    expect(all.status).toBe(200);
    const { total, page, limit, offset } = all.body;
    expect({ page, limit, offset }).toEqual({ page: 1, limit: most, offset: 0 });
    if (total <= most) expect(entriesOf(all.body)).toHaveLength(total);
    const shown = await api('GET', routeOf(operation, 'page=3&limit=1'), { token: admin.token });
    expect(shown.body).toMatchObject({ page: 3, limit: 1, offset: 2 });
    const function_ = await parseFn(operation.name, { ...params(operation), page: 3, limit: 1 }, admin);
    expect(function_.body.result).toMatchObject({ page: 3, limit: 1, offset: 2 });
    const byOffset = await api('GET', routeOf(operation, 'offset=2&limit=1'), { token: admin.token });
    expect(entriesOf(byOffset.body)).toEqual(entriesOf(shown.body));
    const between = await api('GET', routeOf(operation, 'offset=3&limit=2'), { token: admin.token });
    expect(between.body).toMatchObject({ page: 2, limit: 2, offset: 3 });
  });

  it('is empty behind its end, however far', async () => {
    for (const query of [`page=1000000&limit=${most}`, 'offset=1000000000']) {
      const answer = await api('GET', routeOf(operation, query), { token: admin.token });
      expect([answer.status, entriesOf(answer.body)]).toEqual([200, []]);
    }
  });

  it.each([
    [{ limit: 0 }, 'limit must be at least 1'],
    [{ limit: -5 }, 'limit must be at least 1'],
    [{ limit: most + 1 }, `limit must be at most ${most}`],
    [{ limit: 'all' }, 'limit must be a whole number, not text'],
    [{ limit: 1.5 }, 'limit must be a whole number'],
    [{ page: 0 }, 'page must be at least 1'],
    [{ page: 1_000_001 }, 'page must be at most 1000000'],
    [{ page: 9_007_199_254_740_993 }, 'page must be at most 1000000'],
    [{ offset: -1 }, 'offset must be at least 0'],
    [{ offset: 1_000_000_001 }, 'offset must be at most 1000000000'],
    [{ page: 2, offset: 20 }, 'offset must not be given together with page'],
    [{ skip: 20 }, 'unknown field "skip"'],
  ])('refuses %j in words', async (input, message) => {
    const asked = { ...params(operation), ...input };
    const refused = [await askRest(operation, asked, admin), await askFunction(operation, asked, admin)];
    for (const { code, issues } of refused) {
      expect(code).toBe('VALIDATION_ERROR');
      expect(issues.map((issue) => issue.message)).toContain(message);
    }
    expect(refused[0]!.status).toBe(400);
  });

  it('refuses a parameter that is given twice', async () => {
    const answer = await api('GET', routeOf(operation, 'limit=1&limit=2'), { token: admin.token });
    expect([answer.status, answer.body.error.message]).toEqual([400, 'limit is given twice.']);
  });
});

it('every person is on exactly one page', async () => {
  const prefix = `paging-${Date.now()}`;
  const token = (await logIn(admin.email)).token;
  for (let n = 0; n < 5; n += 1) {
    const email = `${prefix}-${n}@example.com`;
    await createPerson({ email });
  }
  const seen: string[] = [];
  for (const page of [1, 2, 3]) {
    const { body } = await api('GET', `/api/users?q=${prefix}&limit=2&page=${page}&sort=status`, { token });
    expect(body.total).toBe(5);
    seen.push(...body.users.map((user: { id: string }) => user.id));
  }
  expect(new Set(seen).size).toBe(5);
});
