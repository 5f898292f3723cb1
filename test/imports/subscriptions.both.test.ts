import { api, parseRest } from '../harness/app';
import { importFile, newImporter, resultsOf } from './support/imports';

const HEADER = 'subscription_id,customer_id,plan,amount,currency,interval,started_at,cancelled_at,trial_ends_at,status';
const OPTIONS = { data_type: 'subscriptions' };
const at = (iso: string) => ({ __type: 'Date', iso: `${iso}T00:00:00.000Z` });
const TODAY = new Date().toISOString().slice(0, 10);

const mrrOf = async (token: string, day: string): Promise<number> => {
  const route = `/api/business/analytics/revenue?start_date=${day}&end_date=${day}`;
  return (await api('GET', route, { token, headers: { 'Cache-Control': 'no-cache' } })).body.mrr;
};

describe('an imported subscription', () => {
  const file = [
    HEADER,
    's1,a,pro,10,USD,month,2024-01-01,,,paused',
    's2,b,pro,10,USD,month,2024-02-01,2024-01-01,,',
    's3,c,pro,10,USD,month,2024-01-01,,,cancelled',
    's4,d,pro,20,USD,month,2024-01-01,,,trialing',
    's5,e,pro,5,USD,month,2024-01-01,2024-03-01,,',
    's6,f,pro,7,USD,month,2024-01-01,,,',
  ].join('\n');

  it('keeps the rules of a saved one', async () => {
    const { token } = await newImporter();
    const job: any = await importFile(token, OPTIONS, file);
    const { results, errors } = await resultsOf(token, job.job_id);
    expect(errors.items.map(({ row, column, code }) => [row, column, code])).toEqual([
      [2, 'status', 'ROW_SHAPE'],
      [3, 'cancelled_at', 'INVALID_DATE'],
    ]);
    expect(job.warnings).toMatchObject([{ code: 'CANCELLATION_DATED', rows: [4] }]);
    const stored = new Map(results.map((row) => [row.subscription_id, row]));
    expect(stored.get('s3')!.cancelled_at.slice(0, 10)).toBe(TODAY);
    expect([stored.get('s5')!.status, stored.get('s6')!.status]).toEqual(['cancelled', 'active']);
    // In February s3, s5 and s6 ran; today s6 alone. The trial without an end never counts.
    expect([await mrrOf(token, '2024-02-15'), await mrrOf(token, TODAY)]).toEqual([22, 7]);
  });

  it('keeps its end when the file comes again', async () => {
    const { token } = await newImporter();
    const line = 's3,c,pro,10,USD,month,2024-01-01';
    await importFile(token, OPTIONS, `${HEADER}\n${line},2024-05-05,,cancelled`);
    const job = await importFile(token, { ...OPTIONS, mode: 'upsert' }, `${HEADER}\n${line},,,cancelled`);
    const { results } = await resultsOf(token, job.job_id);
    expect(results).toMatchObject([{ status: 'cancelled', cancelled_at: '2024-05-05T00:00:00.000Z' }]);
    expect(await mrrOf(token, '2024-06-01')).toBe(0);
  });
});

it('a saved subscription has the status of its dates, and no worth in a trial without an end', async () => {
  const { token, sessionToken } = await newImporter(['analyst', 'tenant:admin']);
  const save = async (fields: object) => {
    const body = { plan: 'pro', amount: 20, currency: 'USD', started_at: at('2024-01-01'), ...fields };
    return (await parseRest('POST', '/classes/Subscription', { sessionToken, body })).body;
  };
  expect(await save({ cancelled_at: at('2024-03-01') })).toMatchObject({ status: 'cancelled' });
  expect(await save({ trial_ends_at: at('2099-01-01') })).toMatchObject({ status: 'trialing' });
  const trial = await save({ status: 'trialing' });
  expect([await mrrOf(token, '2024-02-15'), await mrrOf(token, TODAY)]).toEqual([20, 0]);
  const route = `/classes/Subscription/${trial.objectId}`;
  expect((await parseRest('PUT', route, { sessionToken, body: { status: 'active' } })).status).toBe(200);
  expect([await mrrOf(token, '2024-02-15'), await mrrOf(token, TODAY)]).toEqual([20, 20]);
});
