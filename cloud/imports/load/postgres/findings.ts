import type { PoolClient } from 'pg';
import type { DataType } from '../../convert/data-type';
import type { FieldPlan } from '../../convert/mapping';
import { NOTE_COLUMN } from '../../convert/note';
import { MAX_WARNED_ROWS } from '../../convert/warning';
import type { AmountStats } from '../orders/amount-is';
import { WARNED_NOTES } from '../row-warnings';
import { WarnedRows } from '../warned-rows';
import { hasColumn } from './targets';

/** Of the staged orders with several lines, what tells whether amounts are those of lines (orders/amount-is.ts). */
export async function readAmountStats(client: PoolClient, { provided }: FieldPlan): Promise<AmountStats> {
  const number = (name: string): string => `(item::json ->> '${name}')::numeric`;
  const isProduct =
    provided.has('quantity') && provided.has('unit_price')
      ? `coalesce(bool_and(abs(${number('quantity')} * ${number('unit_price')} * scale - given_minor) < 0.5
           and given_minor is not null and item is not null), false)`
      : 'false';
  const { rows } = await client.query<AmountStats>(
    `select count(*)::int as orders, (count(*) filter (where is_uniform))::int as uniform,
       (count(*) filter (where first is not null and given = 1))::int as "firstOnly",
       (count(distinct first) filter (where is_uniform))::int as totals,
       (count(*) filter (where is_product))::int as products
     from (select count(given_minor) as given, (array_agg(given_minor order by row))[1] as first,
         count(given_minor) = count(*) and min(given_minor) = max(given_minor) as is_uniform, ${isProduct} as is_product
       from import_stage where errs is null and business_id is not null group by business_id having count(*) > 1) o`,
  );
  return rows[0]!;
}

/** Rows of each note that becomes a warning. */
export async function readNotes(client: PoolClient, type: DataType): Promise<Map<number, WarnedRows>> {
  const notes = new Map<number, WarnedRows>();
  if (!hasColumn(type, NOTE_COLUMN)) return notes;
  const any = WARNED_NOTES.reduce((bits, { note }) => bits | note, 0);
  const { rows } = await client.query<{ note: number; rows: number[]; total: number }>(
    `select _note as note, count(*)::int as total, (array_agg(row order by row))[1:${MAX_WARNED_ROWS}] as rows
     from import_stage where errs is null and _note & ${any} <> 0 group by _note`,
  );
  for (const { note } of WARNED_NOTES) {
    const warned = new WarnedRows();
    const found = rows.filter((row) => Number(row.note) & note);
    warned.add(found.flatMap((row) => row.rows).sort((a, b) => a - b));
    warned.total = found.reduce((sum, { total }) => sum + total, 0);
    notes.set(note, warned);
  }
  return notes;
}
