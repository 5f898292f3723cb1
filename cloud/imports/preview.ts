import { previewClassRows } from './load/parse/class-preview';
import { AmountCounter, decideAmountIs, isAmountOpen } from './load/orders/amount-is';
import { resolveOrder } from './load/orders/resolve-order';
import { reportOf, WARNED_NOTES } from './load/row-warnings';
import { stagedValue, type StagedRow } from './load/staged-row';
import { purchaseFields, storedFields, type StoredField } from './load/stored-fields';
import { WarnedRows } from './load/warned-rows';
import { RowConverter } from './convert/convert';
import { classNameOf, dataType } from './convert/data-types';
import { planFields, type FieldPlan } from './convert/mapping';
import { NOTE_COLUMN } from './convert/note';
import type { ImportOptions } from './convert/options';
import type { RowError } from './convert/row-error';
import type { ImportReport, ImportWarning } from './convert/warning';
import type { RawBatch } from './read/row-batch';
import { warningsOf } from './run/column-watch';

export interface Preview extends ImportReport {
  rows: Record<string, unknown>[];
  errors: RowError[];
}

/** The first N rows as they would be stored. Stored rows are not looked at, so their duplicates do not show. */
export async function previewRows(
  source: { open: () => AsyncIterable<RawBatch> },
  options: ImportOptions,
  count: number,
): Promise<Preview> {
  const first = await firstBatch(source);
  const columns = first ? await warningsOf(options, first) : [];
  if (classNameOf(options.dataType) !== undefined) {
    return { ...(await previewClassRows(source, options, count)), amount_is: null, warnings: columns };
  }
  const plan = planFields(dataType(options.dataType), options, first?.header ?? []);
  // Stored rows are not looked at: what an upsert brings is shown as new.
  plan.areRowsNew = plan.type.fact.check !== undefined && !plan.type.isGrouped && options.mode !== 'update';
  const { groups, errors } = await convertRows(source, plan, count);
  return { ...settle(groups, { plan, options, columns, errors }) };
}

async function firstBatch(source: { open: () => AsyncIterable<RawBatch> }): Promise<RawBatch | undefined> {
  for await (const batch of source.open()) return batch;
  return undefined;
}

interface Group {
  /** Undefined for a row that is stored by itself. */
  id: string | undefined;
  rows: StagedRow[];
  refused: number[];
}

/** Rows of one order together, in the order of their first rows. */
async function convertRows(
  source: { open: () => AsyncIterable<RawBatch> },
  plan: FieldPlan,
  count: number,
): Promise<{ groups: Group[]; errors: RowError[] }> {
  const converter = new RowConverter(plan);
  const groups = new Map<unknown, Group>();
  const errors: RowError[] = [];
  const groupOf = (id: string | null, row: number): Group => {
    const key = id ?? row;
    const group = groups.get(key) ?? { id: id ?? undefined, rows: [], refused: [] };
    groups.set(key, group);
    return group;
  };
  let left = count;
  for await (const batch of source.open()) {
    for (const raw of batch.rows.slice(0, left)) {
      const result = converter.convert(raw);
      if (RowConverter.isRefused(result)) {
        errors.push(...result);
        groupOf(converter.orderOf(raw), raw.row).refused.push(raw.row);
        continue;
      }
      const staged = { row: raw.row, values: result };
      const id = plan.type.isGrouped ? stagedValue(plan.type, staged, 'business_id') : null;
      groupOf(id as string | null, raw.row).rows.push(staged);
    }
    left -= batch.rows.length;
    if (left <= 0) break;
  }
  return { groups: [...groups.values()], errors };
}

interface Settling {
  plan: FieldPlan;
  options: ImportOptions;
  columns: readonly ImportWarning[];
  errors: RowError[];
}

function settle(groups: readonly Group[], { plan, options, columns, errors }: Settling): Preview {
  const amountIs = plan.type.isGrouped ? decide(groups, plan, options) : undefined;
  const rows: Record<string, unknown>[] = [];
  const notes = new Map(WARNED_NOTES.map(({ note }) => [note as number, new WarnedRows()]));
  for (const group of groups) {
    if (!group.rows.length) continue;
    const fields = fieldsOf(group, plan, options);
    if (!Array.isArray(fields)) {
      errors.push(...fields.errors);
      continue;
    }
    rows.push(shown(plan, group.rows, fields));
    for (const row of group.rows) {
      const note = Number(stagedValue(plan.type, row, NOTE_COLUMN) ?? 0);
      for (const [bit, warned] of notes) if (note & bit) warned.add([row.row]);
    }
  }
  const report = reportOf(columns, { amountIs, notes, byPlace: undefined });
  return { rows, errors: errors.sort((a, b) => a.row - b.row), ...report };
}

function decide(groups: readonly Group[], plan: FieldPlan, options: ImportOptions): ReturnType<typeof decideAmountIs> {
  const counter = new AmountCounter(plan);
  const isOpen = isAmountOpen(plan, options);
  if (isOpen) for (const { id, rows } of groups) if (id !== undefined) counter.add(rows);
  const decision = decideAmountIs(plan, options, isOpen ? counter.stats : undefined);
  plan.amountIs = decision.used;
  return decision;
}

function fieldsOf(
  { id, rows, refused }: Group,
  plan: FieldPlan,
  { mode }: ImportOptions,
): StoredField[] | { errors: RowError[] } {
  if (!plan.type.isGrouped) return storedFields(plan.type, rows.at(-1)!);
  const own: FieldPlan = id === undefined ? { ...plan, amountIs: 'line' } : plan;
  const result = resolveOrder({ plan: own, mode, id: id ?? '', rows, refused });
  return 'fields' in result ? purchaseFields(result.fields, id) : result;
}

/** The customer is shown by the id that the file gives: it may not be stored yet. */
function shown(
  { type }: FieldPlan,
  rows: readonly StagedRow[],
  fields: readonly StoredField[],
): Record<string, unknown> {
  const values = fields.map(({ name, value }) => [name, value instanceof Date ? value.toISOString() : value] as const);
  const first = (column: string): unknown =>
    rows.map((row) => stagedValue(type, row, column)).find((id) => id !== null);
  const customer = first('customer_id');
  const user = first('user_id');
  return {
    ...Object.fromEntries(values),
    ...(customer === undefined ? {} : { customer_id: customer }),
    ...(user === undefined ? {} : { user_id: user }),
  };
}
