import type { Role } from '../../../core/roles';
import { createPerson, createTenant, type Person } from '../../factories/people';
import { api, waitFor, type Answer } from '../../harness/app';

export interface JobView {
  job_id: string;
  status: string;
  progress: number;
  error: { code: string; message: string } | null;
  counts: { read: number; inserted: number; updated: number; skipped: number; rejected: number };
}

export interface ResultView {
  total: number;
  results: Record<string, any>[];
  errors: { total: number; items: { row: number; column: string; code: string; value: string | null }[] };
}

/** An analyst in a tenant of his own. */
export async function newImporter(roles: readonly Role[] = ['analyst']): Promise<Person> {
  return createPerson({ roles, tenant: await createTenant() });
}

/** Sends a file by multipart, `options` first. */
export function sendFile(
  token: string,
  options: object,
  file: string | Uint8Array,
  name = 'rows.csv',
): Promise<Answer> {
  const form = new FormData();
  form.append('options', JSON.stringify(options));
  form.append('file', new Blob([file]), name);
  return api('POST', '/api/data/batch', { token, body: form });
}

/** The job once it has ended. */
export function waitForJob(token: string, jobId: string, timeoutMs = 170_000): Promise<JobView> {
  return waitFor(
    async () => {
      const { body } = await api('GET', `/api/data/status/${jobId}`, { token });
      return ['completed', 'failed', 'cancelled'].includes(body.status) && (body as JobView);
    },
    { timeoutMs, everyMs: 100 },
  );
}

/** Sends a file and waits for the end of its job. */
export async function importFile(
  token: string,
  options: object,
  file: string | Uint8Array,
  name?: string,
): Promise<JobView> {
  const sent = await sendFile(token, options, file, name);
  if (sent.status !== 202) throw new Error(`The import was refused: ${sent.status} ${JSON.stringify(sent.body)}`);
  return waitForJob(token, sent.body.job_id);
}

/** Of a completed job, or the refused rows of a failed one. */
export async function resultsOf(token: string, jobId: string, query = ''): Promise<ResultView> {
  const answer = await api('GET', `/api/data/results/${jobId}?${query}`, { token });
  if (answer.status !== 200 && answer.status !== 409)
    throw new Error(`No results: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body as ResultView;
}

/** total_revenue of all time up to 2030, in the tenant's currency. */
export async function revenueOf(token: string, window = 'start_date=2000-01-01&end_date=2029-12-31'): Promise<number> {
  const { body } = await api('GET', `/api/business/analytics/revenue?${window}`, {
    token,
    headers: { 'Cache-Control': 'no-cache' },
  });
  return body.total_revenue;
}

export const PURCHASES = { data_type: 'purchases', defaults: { currency: 'USD' } };
