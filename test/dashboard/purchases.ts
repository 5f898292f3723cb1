import { adminToken, api, waitFor } from '../harness/app';

export const today = (): string => new Date().toISOString().slice(0, 10);

/** Purchases of the default tenant, so that its figures are not zero. */
export async function importPurchases(): Promise<void> {
  const token = await adminToken();
  const lines = ['purchased_at,order_id,customer_id,amount,currency'];
  for (let number = 1; number <= 5; number += 1) lines.push(`${today()},dash-${number},dash-c${number},10.50,USD`);
  const options = encodeURIComponent(JSON.stringify({ data_type: 'purchases', source_name: 'dashboard-test' }));
  const sent = await api('POST', `/api/data/batch?options=${options}`, {
    token,
    body: `${lines.join('\n')}\n`,
    headers: { 'Content-Type': 'text/csv' },
  });
  expect(sent.status).toBe(202);
  await waitFor(async () => {
    const { body } = await api('GET', `/api/data/status/${sent.body.job_id}`, { token });
    return body.status === 'completed';
  });
}
