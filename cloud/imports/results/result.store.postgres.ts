import type { Pool } from 'pg';
import { rowId } from '../load/row-ids';
import { classNameOf } from '../convert/data-types';
import type { ImportJob } from '../load/import-job';
import { HIDDEN_FIELDS, resultClass } from './result-class';
import type { ResultPage, ResultStore } from './result.store.types';

export class PostgresResultStore implements ResultStore {
  constructor(private readonly pool: Pool) {}

  async readRows(job: ImportJob, offset: number, limit: number): Promise<ResultPage> {
    if (job.options.dryRun) return { total: 0, rows: [] };
    const className = resultClass(job);
    // New rows are numbered without gaps, so a page is a list of ids: no scan, whatever the size of the class.
    if (classNameOf(job.data_type) === undefined && job.options.mode === 'insert') {
      const last = Math.min(offset + limit, job.stored_total);
      const ids = Array.from({ length: Math.max(0, last - offset) }, (_id, index) =>
        rowId(job.id_prefix, offset + index + 1),
      );
      const { rows } = await this.pool.query<Record<string, unknown>>(
        `select * from "${className}" where "objectId" = any($1) order by array_position($1, "objectId")`,
        [ids],
      );
      return { total: job.stored_total, rows: rows.map(toResult) };
    }
    // Saves that were refused leave gaps in a class; changed rows have ids of their own.
    const isClass = classNameOf(job.data_type) !== undefined;
    const isOfJob = isClass ? 'left("objectId", 6) = $1' : 'import_id = $1 and tenant = $2';
    const values = isClass ? [job.id_prefix] : [job.job_id, job.tenantId];
    const { rows } = await this.pool.query<Record<string, unknown>>(
      `select * from "${className}" where ${isOfJob} order by "objectId" collate "C"
       offset ${Number(offset)} limit ${Number(limit)}`,
      values,
    );
    const counted = await this.pool.query<{ n: number }>(
      `select count(*)::int as n from "${className}" where ${isOfJob}`,
      values,
    );
    return { total: counted.rows[0]?.n ?? 0, rows: rows.map(toResult) };
  }
}

function toResult(row: Record<string, unknown>): Record<string, unknown> {
  const { objectId, createdAt, updatedAt, ...fields } = row;
  const shown: Record<string, unknown> = { id: objectId, created_at: asText(createdAt), updated_at: asText(updatedAt) };
  for (const [name, value] of Object.entries(fields)) {
    if (value !== null && !HIDDEN_FIELDS.has(name)) shown[name] = asText(value);
  }
  return shown;
}

function asText(value: unknown): unknown {
  return value instanceof Date ? value.toISOString() : value;
}
