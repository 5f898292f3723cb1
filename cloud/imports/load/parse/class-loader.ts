import type { Ctx } from '../../../../core/context';
import { AppError, toAppError } from '../../../../core/errors';
import { withoutEvents } from '../../../../core/events/pending-writes';
import { updateHeld } from '../../../data-jobs/held.service';
import { Interruption } from '../../../data-jobs/interruption';
import { RowIssue } from '../../convert/cell';
import type { ImportJob } from '../import-job';
import { classNameOf } from '../../convert/data-types';
import { rowError, type RowError } from '../../convert/row-error';
import { openInput } from '../input';
import type { Loader, LoadOutcome, LoadRequest } from '../loader';
import { MAX_STORED_ERRORS, rowErrorStore } from '../row-errors.store';
import { rowId } from '../row-ids';
import { NOTE } from '../../convert/note';
import { reportOf } from '../row-warnings';
import { WarnedRows } from '../warned-rows';
import { classFields } from './class-fields';
import { convertClassRow, planClassHeader, type ClassPlan } from './class-header';
import { existingIds, openSaver, type Saver } from './class-session';
import { parseRest } from '../../../../core/parse/internals';

const SAVES_AT_ONCE = 8;

interface Tally {
  read: number;
  inserted: number;
  updated: number;
  skipped: number;
  rejected: number;
  errorTotal: number;
  errors: RowError[];
  /** Whose amounts were rounded by the class's rules. */
  rounded: WarnedRows;
  /** Rows that could be converted; the number of the last one's id. */
  accepted: number;
}

/**
 * Saves row by row through Parse, as the job's owner, so that rights, guards and triggers hold. There is no common
 * transaction: a re-run passes over the ids it finds; `strict` checks all rows before the first save and takes back
 * new rows when a save is refused.
 */
export function classLoader(_ctx: Ctx): Loader {
  return (request) => (request.job.options.effects ? load(request) : withoutEvents(() => load(request)));
}

async function load(request: LoadRequest): Promise<LoadOutcome> {
  const { job } = request;
  const { strict, dryRun } = job.options;
  const isChecked = job.phase === 'applying';
  if ((strict || dryRun) && !isChecked) {
    const tally = await convertAll(request);
    if (dryRun || tally.rejected > 0) return close(request, tally, 'checked');
  }
  if (!isChecked) await enterApplying(request);
  const saver = await openSaver(job);
  try {
    const tally = await saveAll(request, saver);
    if (strict && tally.rejected > 0) {
      request.confirm();
      await takeBack(job, tally.accepted);
      return await close(request, { ...tally, inserted: 0 }, 'checked');
    }
    const outcome = await close(request, tally, 'applied');
    await claimApplied(request, outcome, tally);
    return outcome;
  } finally {
    await saver.end();
  }
}

async function convertAll({ job, beat, watch }: LoadRequest): Promise<Tally> {
  const tally = newTally();
  const fields = await classFields(job.options);
  const { batches } = await openInput(job);
  for await (const batch of watch(batches)) {
    const plan = planClassHeader(fields, job.options, batch.header);
    for (const raw of batch.rows) {
      const result = convertClassRow(plan, raw);
      tally.read += 1;
      if (Array.isArray(result)) refuse(tally, result);
      else tally.inserted += 1;
    }
    await beat({ phase: 'reading', rows: tally.read });
  }
  return tally;
}

async function saveAll({ job, batches, beat, confirm }: LoadRequest, saver: Saver): Promise<Tally> {
  const tally = newTally();
  const fields = await classFields(job.options);
  let plan: ClassPlan | undefined;
  for await (const batch of batches) {
    plan ??= planClassHeader(fields, job.options, batch.header);
    const converted: { row: number; number: number; object: Record<string, unknown> }[] = [];
    for (const raw of batch.rows) {
      tally.read += 1;
      const result = convertClassRow(plan, raw);
      if (Array.isArray(result)) refuse(tally, result);
      else converted.push({ row: raw.row, number: (tally.accepted += 1), object: result });
    }
    for (let start = 0; start < converted.length; start += SAVES_AT_ONCE) {
      const slice = converted.slice(start, start + SAVES_AT_ONCE);
      const done = await existingIds(
        nameOf(job),
        slice.map(({ number }) => rowId(job.id_prefix, number)),
      );
      confirm();
      await Promise.all(slice.map((item) => saveOne({ job, saver, tally, done }, item)));
      await beat({ phase: 'applying', rows: tally.read });
    }
  }
  return tally;
}

async function saveOne(
  { job, saver, tally, done }: { job: ImportJob; saver: Saver; tally: Tally; done: ReadonlySet<string> },
  { row, number, object }: { row: number; number: number; object: Record<string, unknown> },
): Promise<void> {
  const id = rowId(job.id_prefix, number);
  if (done.has(id)) {
    tally.inserted += 1;
    return;
  }
  try {
    const { did, answer } = await save(job, saver, { id, object });
    tally[did] += 1;
    if (isRounded(object, answer)) tally.rounded.add([row]);
  } catch (error) {
    const known = toAppError(error);
    if (!REFUSALS.has(known.code)) throw error;
    const code = known.code === 'CONFLICT' ? 'DUPLICATE_KEY' : 'ROW_SHAPE';
    refuse(tally, [rowError(row, null, new RowIssue(code, plainMessage(known)), null)]);
  }
}

const REFUSALS = new Set(['VALIDATION_ERROR', 'CONFLICT', 'NOT_FOUND']);

/** Our triggers send their message as JSON, so that SDK clients can read the code. */
function plainMessage(error: AppError): string {
  try {
    const { message } = JSON.parse(error.message) as { message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // Parse's own messages are plain.
  }
  return error.message.slice(0, 300);
}

async function save(
  job: ImportJob,
  { config, auth }: Saver,
  { id, object }: { id: string; object: Record<string, unknown> },
): Promise<{ did: 'inserted' | 'updated' | 'skipped'; answer?: unknown }> {
  const { mode, key } = job.options;
  const className = nameOf(job);
  if (mode !== 'insert') {
    const where = Object.fromEntries(key.map((field) => [field, object[field]]));
    const { results } = await parseRest().find(config, auth, className, where, { limit: 1, keys: 'objectId' });
    const [found] = results;
    if (found) {
      const { objectId, ...changes } = object;
      const answer = await parseRest().update(config, auth, className, { objectId: found.objectId }, changes);
      return { did: 'updated', answer };
    }
    if (mode === 'update') return { did: 'skipped' };
  }
  const answer = await parseRest().create(config, auth, className, { objectId: id, ...object });
  return { did: 'inserted', answer };
}

/** The answer to a save tells what was stored otherwise than it was sent. */
function isRounded(sent: Record<string, unknown>, answer: unknown): boolean {
  const stored = (answer as { response?: Record<string, unknown> } | undefined)?.response ?? {};
  return Object.entries(stored).some(
    ([field, value]) => typeof value === 'number' && typeof sent[field] === 'number' && value !== sent[field],
  );
}

async function takeBack(job: ImportJob, accepted: number): Promise<void> {
  const { config, auth } = await openSaver({ ...job, ownerId: undefined });
  for (let number = 1; number <= accepted; number++) {
    const id = rowId(job.id_prefix, number);
    const found = await existingIds(nameOf(job), [id]);
    if (found.has(id)) await parseRest().del(config, auth, nameOf(job), id, {});
  }
}

async function enterApplying(request: LoadRequest): Promise<void> {
  if (!(await updateHeld(request, { phase: 'applying' }, { isNotCancelled: true }))) throw new Interruption('lost');
}

async function claimApplied(request: LoadRequest, outcome: LoadOutcome, tally: Tally): Promise<void> {
  const updated = await updateHeld(request, {
    phase: 'applied',
    counts: outcome.counts,
    error_total: outcome.errorTotal,
    stored_total: tally.inserted,
    report: outcome.report,
  });
  if (!updated) throw new Interruption('lost');
}

async function close(
  { job, confirm, columnWarnings }: LoadRequest,
  tally: Tally,
  kind: LoadOutcome['kind'],
): Promise<LoadOutcome> {
  confirm();
  const { read, inserted, updated, rejected, errorTotal, errors, rounded } = tally;
  await rowErrorStore().write(
    job.job_id,
    errors.sort((a, b) => a.row - b.row),
  );
  return {
    kind,
    counts: { read, inserted, updated, skipped: read - inserted - updated - rejected, rejected },
    errorTotal,
    report: reportOf(columnWarnings(), {
      amountIs: undefined,
      notes: new Map([[NOTE.ROUNDED, rounded]]),
      byPlace: undefined,
    }),
  };
}

function refuse(tally: Tally, errors: readonly RowError[]): void {
  tally.rejected += 1;
  tally.errorTotal += errors.length;
  if (tally.errors.length < MAX_STORED_ERRORS) tally.errors.push(...errors);
}

function newTally(): Tally {
  const counts = { read: 0, inserted: 0, updated: 0, skipped: 0, rejected: 0 };
  return { ...counts, errorTotal: 0, errors: [], accepted: 0, rounded: new WarnedRows() };
}

function nameOf(job: ImportJob): string {
  return classNameOf(job.data_type) ?? '';
}
