import type { PoolClient } from 'pg';
import { MAX_STORED_ERRORS } from '../row-errors.store';

/** Stores what the staged rows were refused for, in file order. @returns refused rows, and errors in all */
export async function storeErrors(
  client: PoolClient,
  jobId: string,
): Promise<{ rejected: number; errorTotal: number }> {
  await client.query('delete from app.import_error where job = $1', [jobId]);
  const { rows } = await client.query<{ rejected: number; total: number }>(
    `select count(*)::int as rejected, coalesce(sum(json_array_length(errs::json)), 0)::int as total
     from import_stage where errs is not null`,
  );
  const { rejected = 0, total = 0 } = rows[0] ?? {};
  if (rejected > 0) {
    await client.query(
      `insert into app.import_error (job, seq, row, column_name, code, message, value)
       select $1, row_number() over () - 1, e.row, e.item ->> 'column', e.item ->> 'code', e.item ->> 'message', e.item ->> 'value'
       from (select s.row, i.item from (select row, errs from import_stage where errs is not null order by row limit $2) s
         cross join lateral json_array_elements(s.errs::json) with ordinality i (item, place)
         order by s.row, i.place limit $2) e`,
      [jobId, MAX_STORED_ERRORS],
    );
  }
  return { rejected, errorTotal: total };
}
