import { database } from '../../../core/database/database';
import type { Remains } from '../../data-jobs/kind';
import type { ImportJob } from './import-job';
import { orphans, stageOf } from './mongo/stage';
import { dropStage, orphanStages } from './postgres/stage-table';

/** Removes the staged rows of a job that needs them no more. */
export async function discardStage({ id, job_id }: Pick<ImportJob, 'id' | 'job_id'>): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') await dropStage(db.pool, id);
  else await stageOf(db.db).deleteMany({ job: job_id });
}

/** Staged rows of jobs that have ended: a process may die between the end and the removal. */
export function stageRemains(): Promise<Remains[]> {
  const db = database();
  return db.kind === 'postgres' ? orphanStages(db.pool) : orphans(db.db);
}
