/**
 * Sends a purchase log as a client would and waits until its figures are final. `ms`: how long that took.
 * @param {import('./ground.mjs').App} app
 * @param {{ log: Buffer, tenant: string }} what
 */
export async function importLog(app, { log, tenant }) {
  const options = encodeURIComponent(JSON.stringify({ data_type: 'purchases', defaults: { currency: 'USD' }, tenant }));
  const authorization = { authorization: `Bearer ${app.token}` };
  const startedAt = performance.now();
  const sent = await fetch(`${app.url}/api/data/batch?options=${options}`, {
    method: 'POST',
    headers: { ...authorization, 'content-type': 'text/csv' },
    body: log,
  });
  const accepted = /** @type {any} */ (await sent.json());
  if (sent.status !== 202) throw new Error(`The import was refused: ${JSON.stringify(accepted)}`);
  for (;;) {
    const answer = await fetch(`${app.url}/api/data/status/${accepted.job_id}`, { headers: authorization });
    const status = /** @type {any} */ (await answer.json());
    const ms = performance.now() - startedAt;
    if (status.status === 'completed' && status.counts.rejected === 0) return { ms, jobId: accepted.job_id, status };
    if (['completed', 'failed', 'cancelled'].includes(status.status))
      throw new Error(`The import ended: ${JSON.stringify(status)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
