import { database } from '../../../core/database/database';
import type { JobRow } from '../job/job-row';
import { dropOrphans, stageOf } from './mongo/stage';
import { dropOrphanStages, dropStage } from './postgres/stage-table';

/** Removes the staged rows of a job that needs them no more. */
export async function discardStage({ id, job_id }: Pick<JobRow, 'id' | 'job_id'>): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') await dropStage(db.pool, id);
  else await stageOf(db.db).deleteMany({ job: job_id });
}

/** Removes staged rows of jobs that have ended: a process may die between the end and the removal. */
export function discardOrphanStages(): Promise<void> {
  const db = database();
  return db.kind === 'postgres' ? dropOrphanStages(db.pool) : dropOrphans(db.db);
}
