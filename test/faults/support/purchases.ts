import { waitFor } from '../../harness/app';
import type { Target } from './doors';

const ROWS = 20_000;
/** Minor units are exact, sums of them as well. */
const AMOUNT = 1.25;
const DAYS = 'start_date=2021-02-01&end_date=2021-02-28';

export interface SentImport {
  /** Resolves when a worker has begun. */
  begun(): Promise<void>;
  /** Waits for its end, then for the figures, and compares both with what was sent; nobody else may have sold anything. */
  expectExact(): Promise<void>;
}

/** Has a file of purchases accepted, large enough to be met in the middle. */
export async function sendPurchases({ url }: Pick<Target, 'url'>, token: () => Promise<string>): Promise<SentImport> {
  const rows = Array.from(
    { length: ROWS },
    (_, n) => `2021-02-${String((n % 28) + 1).padStart(2, '0')},${AMOUNT},p${n % 900}`,
  );
  const options = { data_type: 'purchases', defaults: { currency: 'USD' } };
  const answer = await fetch(`${url}/api/data/batch?options=${encodeURIComponent(JSON.stringify(options))}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await token()}`, 'content-type': 'text/csv' },
    body: ['purchased_at,amount,customer_id', ...rows].join('\n'),
  });
  expect(answer.status).toBe(202);
  const { job_id: job } = (await answer.json()) as { job_id: string };
  const get = async (path: string): Promise<Record<string, any>> => {
    const headers = { authorization: `Bearer ${await token()}`, 'cache-control': 'no-cache' };
    return (await (await fetch(url + path, { headers })).json()) as Record<string, any>;
  };
  const status = () => get(`/api/data/status/${job}`);
  const revenue = () => get(`/api/business/analytics/revenue?${DAYS}`);
  return {
    begun: async () => void (await waitFor(async () => (await status()).counts.read > 0, { everyMs: 10 })),
    expectExact: async () => {
      const isOver = async () => ['completed', 'failed', 'cancelled'].includes((await status()).status as string);
      await waitFor(isOver, { timeoutMs: 90_000 });
      const counts = { read: ROWS, inserted: ROWS, rejected: 0 };
      expect(await status()).toMatchObject({ status: 'completed', counts });
      await waitFor(async () => (await revenue()).total_revenue === ROWS * AMOUNT, { timeoutMs: 30_000 });
    },
  };
}
