import { type Person } from '../factories/people';
import { api } from '../harness/app';
import { importFile, newImporter, resultsOf } from './support/imports';

describe('data types', () => {
  let person: Person;
  beforeAll(async () => {
    person = await newImporter(['analyst', 'tenant:admin']);
  });

  const run = async (options: object, file: string) => {
    const job = await importFile(person.token, options, file);
    expect(job).toMatchObject({ status: 'completed' });
    return { counts: job.counts, ...(await resultsOf(person.token, job.job_id)) };
  };

  it('imports customers, refuses repeats, and updates by key', async () => {
    const file = 'customer_id,name,email,created_at\n1,Ada,a@x.org,2020-01-02\n2,Bob,,\n1,Eve,,\n17850.0,Dot,,';
    const first = await run({ data_type: 'customers' }, file);
    expect(first.counts).toEqual({ read: 4, inserted: 3, updated: 0, skipped: 0, rejected: 1 });
    expect(first.errors.items).toMatchObject([{ row: 4, code: 'DUPLICATE_KEY', value: '1' }]);
    expect(first.results.map((row) => row.external_id).sort()).toEqual(['1', '17850', '2']);
    const changed = await run({ data_type: 'customers', mode: 'upsert' }, 'customer_id,name\n2,Bo\n3,Cy\n3,Cyd');
    expect(changed.counts).toEqual({ read: 3, inserted: 1, updated: 2, skipped: 0, rejected: 0 });
    expect(changed.results.map((row) => row.name).sort()).toEqual(['Bo', 'Cyd']);
  });

  it('imports events of users and customers with their properties', async () => {
    const file = [
      'event_type,timestamp,user_id,customer_id,event_id,properties',
      `login,2024-01-01T10:00:00Z,${person.id},,e1,"{""a"":[1]}"`,
      'view,2024-01-01 11:00,,c1,,',
      'view,2024-01-01 11:00,nobody,,e2,',
      'view,2024-01-01 11:00,,c1,,"{""$a"":1}"',
    ].join('\n');
    const { counts, results, errors } = await run({ data_type: 'events', time_zone: 'Europe/Berlin' }, file);
    expect(counts).toEqual({ read: 4, inserted: 2, updated: 0, skipped: 0, rejected: 2 });
    expect(errors.items.map(({ row, code }) => [row, code])).toEqual([
      [4, 'REQUIRED'],
      [5, 'ROW_SHAPE'],
    ]);
    const login = results.find((row) => row.event_type === 'login');
    expect(login).toMatchObject({ user: person.id, event_id: 'e1', properties: { a: [1] } });
    expect(results.find((row) => row.event_type === 'view')!.timestamp).toBe('2024-01-01T10:00:00.000Z');
  });

  it('imports subscriptions, which give recurring revenue', async () => {
    const file = [
      'customer_id,plan,amount,currency,interval,started_at,subscription_id',
      's1,pro,120,USD,year,2024-01-01,S1',
      's2,pro,30,USD,,2024-01-01,S2',
    ].join('\n');
    const { results } = await run({ data_type: 'subscriptions' }, file);
    expect(results[0]).toMatchObject({
      amount: 120,
      amount_minor: 12000,
      versions: [{ from: '2024-01-01T00:00:00.000Z', annual_minor: 12000, currency: 'USD', plan: 'pro' }],
    });
    const revenue = async () => {
      const route = '/api/business/analytics/revenue?start_date=2024-02-01&end_date=2024-02-29';
      return (await api('GET', route, { token: person.token, headers: { 'Cache-Control': 'no-cache' } })).body;
    };
    expect(await revenue()).toMatchObject({ mrr: 40, arr: 480 });
    const changed = await run({ data_type: 'subscriptions', mode: 'upsert' }, file.replace(',30,', ',60,'));
    expect(changed.counts).toMatchObject({ inserted: 0, updated: 2 });
    // A changed price holds from now on; February 2024 stays what it was.
    expect(await revenue()).toMatchObject({ mrr: 40, arr: 480 });
  });

  it('imports costs and products, and updates them', async () => {
    const costs = await run(
      { data_type: 'costs', defaults: { currency: 'EUR' } },
      'date,amount,kind\n2024-01-01,10.5,acquisition',
    );
    expect(costs.results[0]).toMatchObject({ amount: 10.5, amount_minor: 1050, kind: 'acquisition' });
    const again = await run(
      { data_type: 'costs', defaults: { currency: 'EUR' }, mode: 'upsert' },
      'date,amount,kind\n2024-01-01,11,acquisition\n2024-01-02,1,other',
    );
    expect(again.counts).toMatchObject({ inserted: 1, updated: 1 });
    const products = await run({ data_type: 'products' }, 'product_id,title,price,currency\np1,Tea,2.5,EUR');
    expect(products.results[0]).toMatchObject({ external_id: 'p1', title: 'Tea', price: 2.5 });
  });

  it('imports into a class as the caller', async () => {
    const file = 'external_id,title,sku,price,stock,nonsense\nx1,Pen,k1,1.5,3,x\nx2,Ink,k2,two,1,x';
    const { counts, results, errors } = await run({ data_type: 'class:Product', defaults: { currency: 'USD' } }, file);
    expect(counts).toEqual({ read: 2, inserted: 1, updated: 0, skipped: 0, rejected: 1 });
    expect(results).toMatchObject([{ title: 'Pen', price: 1.5, stock: 3 }]);
    expect(errors.items).toMatchObject([{ row: 3, column: 'price', code: 'INVALID_NUMBER', value: 'two' }]);
    const updated = await run({ data_type: 'class:Product', mode: 'update', key: ['sku'] }, 'sku,stock\nk1,9\nk9,1');
    expect(updated.counts).toMatchObject({ updated: 1, skipped: 1 });
    for (const [name, refusal] of [
      ['AuditLog', 403],
      ['_User', 403],
      ['Nothing', 404],
    ] as const) {
      const { status } = await api('POST', '/api/data/batch', {
        token: person.token,
        body: { options: { data_type: `class:${name}` }, data: [{ action: 'x' }] },
      });
      expect(status).toBe(refusal);
    }
  });

  it('names every field at once that a class does not have, or the data do not bring', async () => {
    const options = { data_type: 'class:Product', mode: 'update', key: ['sku', 'title'], mapping: { stock: 'Stock' } };
    const body = { options: { ...options, defaults: { colour: 'red' } }, data: [{ price: 1 }] };
    const { status, body: refused } = await api('POST', '/api/data/batch', { token: person.token, body });
    expect([status, refused.error.code]).toEqual([400, 'VALIDATION_ERROR']);
    const named = refused.error.details.issues.map(({ path, code }: { path: string; code: string }) => [path, code]);
    expect(named.sort()).toEqual([
      ['colour', 'unknown_field'],
      ['sku', 'missing'],
      ['stock', 'missing'],
      ['title', 'missing'],
    ]);
  });
});
