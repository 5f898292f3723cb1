import { checkOrder } from './load/purchase-rows';
import { previewClassRows } from './load/class/class-preview';
import { stagedValue, type StagedRow } from './load/staged-row';
import { storedFields } from './load/stored-fields';
import { RowConverter } from './plan/convert';
import type { DataType } from './plan/data-type';
import { classNameOf, dataType } from './plan/data-types';
import { planFields, type FieldPlan } from './plan/mapping';
import type { ImportOptions } from './plan/options';
import type { RowError } from './plan/row-error';
import type { RawBatch } from './read/row-batch';

export interface Preview {
  rows: Record<string, unknown>[];
  errors: RowError[];
}

/** The first N rows as they would be stored. Stored rows are not looked at, so their duplicates do not show. */
export async function previewRows(
  source: { open: () => AsyncIterable<RawBatch> },
  options: ImportOptions,
  count: number,
): Promise<Preview> {
  if (classNameOf(options.dataType) !== undefined) return previewClassRows(source, options, count);
  const type = dataType(options.dataType);
  const errors: RowError[] = [];
  const accepted: StagedRow[] = [];
  let plan: FieldPlan | undefined;
  let left = count;
  for await (const batch of source.open()) {
    plan ??= planFields(type, options, batch.header);
    const converter = new RowConverter(plan);
    for (const raw of batch.rows.slice(0, left)) {
      const result = converter.convert(raw);
      if (RowConverter.isRefused(result)) errors.push(...result);
      else accepted.push({ row: raw.row, values: result });
    }
    left -= batch.rows.length;
    if (left <= 0) break;
  }
  const rows: Record<string, unknown>[] = [];
  for (const group of grouped(type, accepted)) {
    const checked = type.isGrouped && plan ? checkOrder(type, group, plan) : { accepted: group, conflicts: [] };
    errors.push(...checked.conflicts);
    if (checked.accepted.length) rows.push(shown(type, checked.accepted));
  }
  return { rows, errors: errors.sort((a, b) => a.row - b.row) };
}

/** Rows of one order together, in the order of their first rows. */
function grouped(type: DataType, rows: readonly StagedRow[]): StagedRow[][] {
  if (!type.isGrouped) return rows.map((row) => [row]);
  const groups = new Map<unknown, StagedRow[]>();
  for (const row of rows) {
    const key = stagedValue(type, row, 'business_id') ?? row;
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return [...groups.values()];
}

/** The customer is shown by the id that the file gives: it may not be stored yet. */
function shown(type: DataType, rows: readonly StagedRow[]): Record<string, unknown> {
  const fields = Object.fromEntries(
    storedFields(type, rows).map(({ name, value }) => [name, value instanceof Date ? value.toISOString() : value]),
  );
  const first = (column: string): unknown =>
    rows.map((row) => stagedValue(type, row, column)).find((id) => id !== null);
  const customer = first('customer_id');
  const user = first('user_id');
  return {
    ...fields,
    ...(customer === undefined ? {} : { customer_id: customer }),
    ...(user === undefined ? {} : { user_id: user }),
  };
}
