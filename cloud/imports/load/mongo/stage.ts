import type { Collection, Db, Document } from 'mongodb';
import { RowConverter } from '../../plan/convert';
import type { DataType, StageValue } from '../../plan/data-type';
import type { ImportOptions } from '../../plan/options';
import type { RowError } from '../../plan/row-error';
import { DaySlots, figureDateOf } from '../figure-days';
import type { LoadRequest } from '../loader';
import { stagedValue, type StagedRow } from '../staged-row';

/** One input row of a running import. A refused row has `errs`, an accepted one `values`. */
export interface StageDocument extends Document {
  _id: string;
  job: string;
  row: number;
  values?: StageValue[];
  errs?: RowError[];
  /** What identifies the stored row that it belongs to; absent for a row that is one by itself. */
  match?: string;
}

export function stageOf(db: Db): Collection<StageDocument> {
  return db.collection<StageDocument>('app_import_stage');
}

/** Converts and stages all rows, in place of what an earlier try left. @returns input rows, the header, and when they happened */
export async function stageRows(
  db: Db,
  type: DataType,
  request: LoadRequest,
): Promise<{ rows: number; header: readonly string[]; slots: DaySlots }> {
  const stage = stageOf(db);
  const { job } = request;
  await stage.deleteMany({ job: job.job_id });
  let converter: RowConverter | undefined;
  let header: readonly string[] = [];
  let rows = 0;
  const slots = new DaySlots();
  const figureDate = figureDateOf(type);
  for await (const batch of request.batches) {
    if (!converter) {
      header = batch.header;
      converter = new RowConverter(request.plan(header));
    }
    const documents: StageDocument[] = [];
    for (const raw of batch.rows) {
      const base = { _id: `${job.job_id}:${raw.row}`, job: job.job_id, row: raw.row };
      const result = converter.convert(raw);
      if (RowConverter.isRefused(result)) {
        documents.push({ ...base, errs: result });
        continue;
      }
      const staged = { row: raw.row, values: result };
      documents.push({ ...base, values: result, ...matchOf(type, job.options, staged) });
      if (figureDate) slots.add(stagedValue(type, staged, figureDate));
    }
    if (documents.length) await stage.insertMany(documents, { ordered: false });
    rows += batch.rows.length;
    await request.beat({ phase: 'reading', rows });
  }
  return { rows, header, slots };
}

function matchOf(type: DataType, options: ImportOptions, row: StagedRow): { match?: string } {
  const columns = options.key.length ? options.key : type.idField ? [type.idField] : [];
  const values = columns.map((field) => stagedValue(type, row, field === type.idField ? 'business_id' : field));
  if (!values.length || values.some((value) => value === null)) return {};
  return { match: values.length === 1 ? String(values[0]) : JSON.stringify(values) };
}

/** Rows that make one stored row, in file order. */
export interface RowGroup {
  match: string | undefined;
  rows: StagedRow[];
}

/** The accepted rows, group by group: first those with a match, then the others one by one. */
export async function* acceptedGroups(db: Db, jobId: string): AsyncGenerator<RowGroup> {
  const stage = stageOf(db);
  const accepted = { job: jobId, errs: { $exists: false } };
  let group: RowGroup | undefined;
  for await (const document of stage.find({ ...accepted, match: { $exists: true } }).sort({ match: 1, row: 1 })) {
    if (group && group.match !== document.match) {
      yield group;
      group = undefined;
    }
    group ??= { match: document.match, rows: [] };
    group.rows.push(toRow(document));
  }
  if (group) yield group;
  for await (const document of stage.find({ ...accepted, match: { $exists: false } }).sort({ row: 1 })) {
    yield { match: undefined, rows: [toRow(document)] };
  }
}

function toRow({ row, values }: StageDocument): StagedRow {
  return { row, values: values ?? [] };
}

/** Groups in batches, so that each batch needs one query. */
export async function* inBatches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length) yield batch;
}

/** Marks staged rows as refused. */
export async function refuseRows(db: Db, jobId: string, errors: readonly RowError[]): Promise<void> {
  if (!errors.length) return;
  await stageOf(db).bulkWrite(
    errors.map((error) => ({
      updateOne: { filter: { _id: `${jobId}:${error.row}` }, update: { $set: { errs: [error] } } },
    })),
    { ordered: false },
  );
}
