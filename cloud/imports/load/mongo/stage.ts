import type { Collection, Db, Document } from 'mongodb';
import type { Remains } from '../../../data-jobs/kind';
import { RowConverter } from '../../convert/convert';
import type { DataType, StageValue } from '../../convert/data-type';
import { NOTE_COLUMN } from '../../convert/note';
import type { ImportOptions } from '../../convert/options';
import type { RowError } from '../../convert/row-error';
import { DaySlots, figureDateOf } from '../figure-days';
import type { LoadRequest } from '../loader';
import { MAX_ROW_NUMBER, tooManyRows } from '../row-ids';
import { isStaged, withoutFirst } from '../staged-already';
import { stagedValue, type StagedRow } from '../staged-row';

/** One input row of a running import. A refused row has `errs`, an accepted one `values`. */
export interface StageDocument extends Document {
  _id: string;
  job: string;
  row: number;
  values?: StageValue[];
  errs?: RowError[];
  /** What identifies the stored row that it belongs to; absent for a row that is one by itself. A refused row has it, too. */
  match?: string;
}

export function stageOf(db: Db): Collection<StageDocument> {
  return db.collection<StageDocument>('app_import_stage');
}

export interface Staged {
  /** Input rows, refused ones included. */
  rows: number;
  header: readonly string[];
  /** When the accepted rows happened; unknown where an earlier run staged some of them. */
  slots: DaySlots | undefined;
}

/** Converts and stages the rows, from the row on at which an earlier run was killed. */
export async function stageRows(db: Db, type: DataType, request: LoadRequest): Promise<Staged> {
  const stage = stageOf(db);
  const { job } = request;
  const done = await stage.countDocuments({ job: job.job_id });
  if (isStaged(job, done)) return { rows: done, header: job.header, slots: undefined };
  let converter: RowConverter | undefined;
  let header: readonly string[] = [];
  let rows = done;
  const slots = new DaySlots();
  const figureDate = figureDateOf(type);
  for await (const batch of withoutFirst(request.batches, done)) {
    if (!converter) {
      header = batch.header;
      converter = new RowConverter(request.plan(header));
    }
    // Ids are made of the rows' numbers, and blank lines count in these.
    if ((batch.rows.at(-1)?.row ?? 0) > MAX_ROW_NUMBER) throw tooManyRows();
    const documents: StageDocument[] = [];
    for (const raw of batch.rows) {
      const base = { _id: `${job.job_id}:${raw.row}`, job: job.job_id, row: raw.row };
      const result = converter.convert(raw);
      if (RowConverter.isRefused(result)) {
        const order = converter.orderOf(raw);
        documents.push({ ...base, errs: result, ...(order === null ? {} : { match: order }) });
        continue;
      }
      const staged = { row: raw.row, values: result };
      documents.push({ ...base, values: result, ...matchOf(type, job.options, staged) });
      if (figureDate) slots.add(stagedValue(type, staged, figureDate));
    }
    // In order: whenever it is cut off, what is staged is the beginning of the file.
    request.confirm();
    if (documents.length) await stage.insertMany(documents, { ordered: true });
    rows += batch.rows.length;
    await request.beat({ phase: 'reading', rows });
  }
  return { rows, header, slots: done > 0 ? undefined : slots };
}

/** Accepts again what the checks of an earlier run refused: cut off, they may have refused half of an order. */
export async function forgetChecks(db: Db, jobId: string): Promise<void> {
  await stageOf(db).updateMany(
    { job: jobId, values: { $exists: true }, errs: { $exists: true } },
    { $unset: { errs: '' } },
  );
}

function matchOf(type: DataType, options: ImportOptions, row: StagedRow): { match?: string } {
  const columns = options.key.length ? options.key : type.idField ? [type.idField] : [];
  const values = columns.map((field) => stagedValue(type, row, field === type.idField ? 'business_id' : field));
  if (!values.length || values.some((value) => value === null)) return {};
  return { match: values.length === 1 ? String(values[0]) : JSON.stringify(values) };
}

/** Removes the staged rows of jobs that have ended. */
export async function orphans(db: Db): Promise<Remains[]> {
  const staged: string[] = await stageOf(db).distinct('job');
  const known = await db
    .collection('DataJob')
    .find({ job_id: { $in: staged } })
    .project<{ job_id: string; status: string }>({ job_id: 1, status: 1 })
    .toArray();
  const statuses = new Map(known.map((job) => [job.job_id, job.status]));
  return staged
    .filter((job) => !['queued', 'processing'].includes(statuses.get(job) ?? ''))
    .map((job) => ({
      jobId: statuses.has(job) ? job : null,
      discard: () =>
        stageOf(db)
          .deleteMany({ job })
          .then(() => undefined),
    }));
}

/** Rows that make one stored row, in file order. */
export interface RowGroup {
  match: string | undefined;
  rows: StagedRow[];
  /** Numbers of the rows that were refused. */
  refused: number[];
}

/** The accepted rows, group by group: first those with a match, then the others one by one. */
export async function* stagedGroups(db: Db, jobId: string): AsyncGenerator<RowGroup> {
  const stage = stageOf(db);
  let group: RowGroup = { match: undefined, rows: [], refused: [] };
  for await (const document of stage.find({ job: jobId, match: { $exists: true } }).sort({ match: 1, row: 1 })) {
    if (group.match !== document.match) {
      if (group.rows.length) yield group;
      group = { match: document.match, rows: [], refused: [] };
    }
    if (document.errs) group.refused.push(document.row);
    else group.rows.push(toRow(document));
  }
  if (group.rows.length) yield group;
  const single = { job: jobId, errs: { $exists: false }, match: { $exists: false } };
  for await (const document of stage.find(single).sort({ row: 1 })) {
    yield { match: undefined, rows: [toRow(document)], refused: [] };
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

/** Marks staged rows as refused, each for all that is given. */
export async function refuseRows(db: Db, jobId: string, errors: readonly RowError[]): Promise<void> {
  if (!errors.length) return;
  const byRow = new Map<number, RowError[]>();
  for (const error of errors) byRow.set(error.row, [...(byRow.get(error.row) ?? []), error]);
  await stageOf(db).bulkWrite(
    [...byRow].map(([row, errs]) => ({
      updateOne: { filter: { _id: `${jobId}:${row}` }, update: { $set: { errs } } },
    })),
    { ordered: false },
  );
}

/** Keeps what the checks have noted of an accepted row, for the report. */
export async function noteRow(
  db: Db,
  { job, type, row, note }: { job: { job_id: string }; type: DataType; row: number; note: StageValue },
): Promise<void> {
  const index = type.columns.findIndex(({ name }) => name === NOTE_COLUMN);
  await stageOf(db).updateOne({ _id: `${job.job_id}:${row}` }, { $set: { [`values.${index}`]: note } });
}
