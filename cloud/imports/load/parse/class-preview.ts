import type { ImportOptions } from '../../convert/options';
import type { RowError } from '../../convert/row-error';
import type { RawBatch } from '../../read/row-batch';
import { classFields } from './class-fields';
import { convertClassRow, planClassHeader } from './class-header';

/** The first N rows of a class import as they would be saved. */
export async function previewClassRows(
  source: { open: () => AsyncIterable<RawBatch> },
  options: ImportOptions,
  count: number,
): Promise<{ rows: Record<string, unknown>[]; errors: RowError[] }> {
  const rows: Record<string, unknown>[] = [];
  const errors: RowError[] = [];
  const fields = await classFields(options);
  let left = count;
  for await (const batch of source.open()) {
    const plan = planClassHeader(fields, options, batch.header);
    for (const raw of batch.rows.slice(0, left)) {
      const result = convertClassRow(plan, raw);
      if (Array.isArray(result)) errors.push(...result);
      else rows.push(result);
    }
    left -= batch.rows.length;
    if (left <= 0) break;
  }
  return { rows, errors };
}
