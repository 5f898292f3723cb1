import type { Pool, PoolClient } from 'pg';
import type { ImportJob } from '../import-job';
import type { Remains } from '../../../data-jobs/kind';
import type { DataType, StageKind } from '../../convert/data-type';
import { endSessions } from './session';

export const SQL_TYPES: Readonly<Record<StageKind, string>> = {
  string: 'text',
  // Milliseconds; a timestamp's text would cost parsing on both sides.
  date: 'bigint',
  number: 'double precision',
  integer: 'bigint',
  json: 'text',
};

/** From this size on the stage outlives its session; a smaller file is staged again within a second or two. */
const LASTING_BYTES = 4 * 1024 * 1024;
const PREFIX = 'app_import_';

export interface StageTable {
  isLasting: boolean;
  /** Input rows that an earlier run has staged; they are the first of the file. */
  rows: number;
  /** Those of them that were accepted. */
  accepted: number;
}

/**
 * Makes the table `import_stage` (row, errs, id, the type's columns) that the session's statements mean by that name, or
 * finds what an earlier run left. A lasting one lies in a schema of the job's own and is unlogged: it survives the worker,
 * a crash of the database empties it.
 */
export async function openStage(client: PoolClient, type: DataType, job: ImportJob): Promise<StageTable> {
  // A small sample tells the planner all that it needs: how many there are.
  await client.query(`set work_mem = '64MB'; set default_statistics_target = 10`);
  const columns = type.columns.map(({ name, kind }) => `"${name}" ${SQL_TYPES[kind]}`);
  const table = `import_stage (row integer not null, errs text, id text, ${columns.join(', ')})`;
  const isLasting = job.input_bytes >= LASTING_BYTES;
  if (!isLasting) {
    await client.query(`create temp table ${table}`);
    return { isLasting, rows: 0, accepted: 0 };
  }
  await client.query(`create schema if not exists ${schemaOf(job.id)}`);
  await client.query(`select set_config('search_path', $1 || ', ' || current_setting('search_path'), false)`, [
    schemaOf(job.id),
  ]);
  await client.query(`create unlogged table if not exists ${table} with (autovacuum_enabled = false)`);
  const { rows } = await client.query<{ rows: number; accepted: number }>(
    'select count(*)::int as rows, count(*) filter (where errs is null)::int as accepted from import_stage',
  );
  return { isLasting, rows: 0, accepted: 0, ...rows[0] };
}

/** @param id objectId of the job's row */
export async function dropStage(db: Pool | PoolClient, id: string): Promise<void> {
  await endSessions(db, id);
  await db.query(`drop schema if exists ${schemaOf(id)} cascade`);
}

/** Stages of jobs that have ended, or never were. What is no stage by name and content is left alone. */
export async function orphanStages(pool: Pool): Promise<Remains[]> {
  const { rows } = await pool.query<{ id: string; jobId: string | null }>(
    `select substr(nspname, $2) as id, j.job_id as "jobId" from pg_namespace n
     left join "DataJob" j on j."objectId" = substr(n.nspname, $2)
     where nspname ~ ('^' || $1 || '[0-9A-Za-z]{10}$')
       and exists (select 1 from pg_class where relnamespace = n.oid and relname = 'import_stage' and relpersistence = 'u')
       and (j.status is null or j.status not in ('queued', 'processing'))`,
    [PREFIX, PREFIX.length + 1],
  );
  return rows.map(({ id, jobId }) => ({ jobId, discard: () => dropStage(pool, id) }));
}

function schemaOf(id: string): string {
  return `"${PREFIX}${id.replaceAll('"', '')}"`;
}
