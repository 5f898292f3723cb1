import type { Pool } from 'pg';
import type { RowError } from '../convert/row-error';
import type { RowErrorStore } from './row-errors.store.types';

export class PostgresRowErrorStore implements RowErrorStore {
  constructor(private readonly db: Pool) {}

  async read(jobId: string, offset: number, limit: number): Promise<RowError[]> {
    const { rows } = await this.db.query<RowError>(
      `select row, column_name as column, code, message, value from app.import_error
       where job = $1 and seq >= $2 order by seq limit $3`,
      [jobId, offset, limit],
    );
    return rows;
  }

  async write(jobId: string, errors: readonly RowError[]): Promise<void> {
    await this.db.query('delete from app.import_error where job = $1', [jobId]);
    await this.db.query(
      `insert into app.import_error (job, seq, row, column_name, code, message, value)
       select $1, n - 1, r, c, k, m, v from unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[])
         with ordinality as e (r, c, k, m, v, n)`,
      [
        jobId,
        errors.map((error) => error.row),
        errors.map((error) => error.column),
        errors.map((error) => error.code),
        errors.map((error) => error.message),
        errors.map((error) => error.value),
      ],
    );
  }

  async removeOf(endedBefore: Date): Promise<void> {
    await this.db.query(
      `delete from app.import_error e using "DataJob" j where j.job_id = e.job and j.completed_at < $1`,
      [endedBefore],
    );
  }
}
