import { withDatabase } from '../../accounts/support';
import { api, type Answer } from '../../harness/app';
import { testServer } from '../../harness/app';

export const STRICT = { data_type: 'purchases', defaults: { currency: 'USD' }, strict: true };

export const retry = (token: string, jobId: string): Promise<Answer> =>
  api('POST', `/api/data/jobs/${jobId}/retry`, { token });

export const cancel = (token: string, jobId: string): Promise<Answer> =>
  api('POST', `/api/queue/jobs/${jobId}/cancel`, { token });

export const status = (token: string, jobId: string): Promise<Answer> =>
  api('GET', `/api/data/status/${jobId}`, { token });

/** Changes columns of a job behind the API's back; `updatedAt` is the database's own. */
export async function changeJob(jobId: string, change: Record<string, string | number | Date>): Promise<void> {
  const names = Object.keys(change);
  await withDatabase<unknown>({
    postgres: (db) =>
      db.query(
        `update "DataJob" set ${names.map((name, index) => `"${name}" = $${index + 2}`).join(', ')} where job_id = $1`,
        [jobId, ...Object.values(change)],
      ),
    mongo: (db) => {
      const { updatedAt, ...others } = change;
      const set = { ...others, ...(updatedAt ? { _updated_at: updatedAt } : {}) };
      return db.collection('DataJob').updateOne({ job_id: jobId }, { $set: set });
    },
  });
}

/** Name of the stored input among the uploads. */
export function inputOf(jobId: string): Promise<string> {
  return withDatabase({
    postgres: async (db) =>
      (await db.query<{ name: string }>('select input_path as name from "DataJob" where job_id = $1', [jobId])).rows[0]!
        .name,
    mongo: async (db) => String((await db.collection('DataJob').findOne({ job_id: jobId }))!['input_path']),
  });
}

/** While nobody works: what is sent stays queued. */
export async function whileWorkerStands<T>(work: () => Promise<T>): Promise<T> {
  process.kill(testServer().workerPid, 'SIGSTOP');
  return work().finally(() => process.kill(testServer().workerPid, 'SIGCONT'));
}
