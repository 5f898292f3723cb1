import { api, parseRest } from '../harness/app';
import { importFile, newImporter, PURCHASES, resultsOf, revenueOf, sendFile } from './support/imports';

async function tell(options: object, file: string, importer?: { token: string }) {
  const { token } = importer ?? (await newImporter());
  const job: any = await importFile(token, options, file);
  return { job, ...(await resultsOf(token, job.job_id)), revenue: await revenueOf(token) };
}
const date = { __type: 'Date', iso: '2025-01-10T00:00:00.000Z' };

describe('columns that nothing is read from', () => {
  const file = 'Order Currency,purchased_at,amount,note,Status\nEUR,2025-01-10,5,x,refunded\nEUR,2025-01-11,6,y,paid';

  it('are told, above all a currency in whose place a default stands', async () => {
    const { job, ...results } = await tell(PURCHASES, file);
    expect(job.counts.inserted).toBe(2);
    expect(job.warnings).toEqual([
      {
        code: 'COLUMN_MISSED',
        columns: ['Order Currency'],
        message: expect.stringMatching(/currency is "USD" in every row/),
      },
      { code: 'COLUMN_MISSED', columns: ['Status'], message: expect.stringMatching(/looks like status/) },
      { code: 'IGNORED_COLUMNS', columns: ['Order Currency', 'note', 'Status'], message: expect.any(String) },
    ]);
    expect((results as any).warnings).toEqual(job.warnings);
  });

  it('are told in a preview and in a dry run; a currency is known by its values, too', async () => {
    const { token } = await newImporter();
    const hidden = file.replace('Order Currency', 'c');
    const preview = await sendFile(token, { ...PURCHASES, preview: 1 }, hidden);
    expect(preview.body.warnings[0]).toMatchObject({ code: 'COLUMN_MISSED', columns: ['c'] });
    const { job } = await tell({ ...PURCHASES, dry_run: true }, hidden, { token });
    expect(job.warnings[0]).toMatchObject({ code: 'COLUMN_MISSED', columns: ['c'] });
  });

  it('are told of imports into a class', async () => {
    const { token } = await newImporter(['analyst', 'tenant:admin']);
    const { job } = await tell({ data_type: 'class:Product' }, 'external_id,Title,colour\nx1,Pen,red', { token });
    expect(job.warnings.map(({ code, columns }: any) => [code, columns])).toEqual([
      ['COLUMN_MISSED', ['Title']],
      ['IGNORED_COLUMNS', ['Title', 'colour']],
    ]);
  });

  it('are no matter where all are read', async () => {
    const { job } = await tell(PURCHASES, 'purchased_at,amount\n2025-01-10,5');
    expect(job.warnings).toEqual([]);
  });
});

describe('amounts with more decimals than their currency', () => {
  it('are rounded by an import, which names the rows', async () => {
    const importer = await newImporter();
    const file = 'purchased_at,amount,currency\n2025-01-10,1.005,USD\n2025-01-10,2.50,USD\n2025-01-10,100.5,JPY';
    const { job, results } = await tell({ data_type: 'purchases' }, file, importer);
    expect(results.map(({ total }) => total)).toEqual([1.01, 2.5, 101]);
    expect(job.warnings).toMatchObject([{ code: 'ROUNDED', rows: [2, 4], row_total: 2 }]);
    const preview = await sendFile(importer.token, { data_type: 'purchases', preview: 5 }, file);
    expect(preview.body.warnings).toEqual(job.warnings);
  });

  it('are rounded in a class, too', async () => {
    const importer = await newImporter(['analyst', 'tenant:admin']);
    const file = 'total,currency,purchased_at\n1.005,USD,2025-01-10\n2,USD,2025-01-10';
    const { job, results } = await tell({ data_type: 'class:Purchase' }, file, importer);
    expect(results.map(({ total }) => total)).toEqual([1.01, 2]);
    expect(job.warnings).toMatchObject([{ code: 'ROUNDED', rows: [2], row_total: 1 }]);
  });

  it('are rounded by a save, whose answer tells; an increment is refused', async () => {
    const { sessionToken } = await newImporter(['tenant:admin']);
    const save = (method: 'POST' | 'PUT', route: string, body: object) =>
      parseRest(method, route, { sessionToken, body });
    const saved = await save('POST', '/classes/Purchase', { total: 1.005, currency: 'USD', purchased_at: date });
    expect([saved.status, saved.body.total]).toEqual([201, 1.01]);
    const route = `/classes/Purchase/${saved.body.objectId}`;
    expect((await save('PUT', route, { total: 100.5, currency: 'JPY' })).body.total).toBe(101);
    const refused = await save('PUT', route, { total: { __op: 'Increment', amount: 0.5 } });
    expect([refused.status, JSON.parse(refused.body.error).code]).toEqual([400, 'VALIDATION_ERROR']);
    expect((await save('PUT', route, { total: { __op: 'Increment', amount: 4 } })).status).toBe(200);
    expect((await parseRest('GET', route, { sessionToken })).body).toMatchObject({ total: 105, total_minor: 105 });
    const cost = await save('POST', '/classes/Cost', { amount: 0.125, currency: 'USD', date });
    expect(cost.body.amount).toBe(0.13);
  });
});

it('a dry run says that it is one, wherever it is met', async () => {
  const { token, sessionToken } = await newImporter();
  const file = 'purchased_at,amount\n2025-01-10,5';
  const sent = await sendFile(token, { ...PURCHASES, dry_run: true }, file);
  expect(sent.body.dry_run).toBe(true);
  const { job, ...results } = await tell({ ...PURCHASES, dry_run: true }, file, { token });
  expect([job.dry_run, (results as any).dry_run]).toEqual([true, true]);
  const listed = await parseRest('GET', '/classes/DataJob?keys=job_id,dry_run', { sessionToken });
  expect(listed.body.results.find((row: any) => row.job_id === job.job_id)).toMatchObject({ dry_run: true });
  expect((await importFile(token, PURCHASES, file)) as any).toMatchObject({ dry_run: false });
});

it('everything that a request lacks is named at once', async () => {
  const { token } = await newImporter();
  const mapping = { status: 'State', nonsense: 'x' };
  const body = { options: { data_type: 'purchases', mapping }, data: [{ id: 1 }] };
  const { status, body: answer } = await api('POST', '/api/data/batch', { token, body });
  expect(status).toBe(400);
  expect(answer.error.details.issues.map(({ path, code }: any) => [path, code])).toEqual([
    ['nonsense', 'unknown_field'],
    ['status', 'missing'],
    ['purchased_at', 'missing'],
    ['amount', 'missing'],
    ['currency', 'missing'],
  ]);
});
