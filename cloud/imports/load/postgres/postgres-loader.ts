import type { Pool, PoolClient } from 'pg';
import { connectWhile } from '../../../../core/database/loads';
import { hintEvents } from '../../../../core/events/hints';
import { updateHeld } from '../../../data-jobs/held.service';
import { Interruption } from '../../../data-jobs/interruption';
import { dataType } from '../../convert/data-types';
import type { DataType } from '../../convert/data-type';
import type { FieldPlan } from '../../convert/mapping';
import type { ImportOptions } from '../../convert/options';
import type { ImportReport } from '../../convert/warning';
import { stepsOf } from '../effects';
import { NO_COUNTS, type Counts } from '../import-job';
import type { Loader, LoadOutcome, LoadRequest } from '../loader';
import { decideAmountIs, isAmountOpen, type AmountDecision } from '../orders/amount-is';
import { MAX_ROW_NUMBER, tooManyRows } from '../row-ids';
import { reportOf } from '../row-warnings';
import { refuseConflicts, refuseOvertaken } from './checks';
import { ensureCustomers } from './customers';
import { readAmountStats, readNotes } from './findings';
import { keepBefore, recordEffects } from './effects';
import { markNewDays, markOldDays } from './marks';
import { storeErrors } from './report';
import { takeSession } from './session';
import { stageRows, type Staged } from './stage';
import { hasColumn } from './targets';
import { insertAll, matchStored, writeMatched, type WriteCounts, type WriteRequest } from './write';

/** First key of the advisory locks that serialise the writing of imports, one a tenant. */
const IMPORT_LOCK = 7_203_115;
const NOTHING_WRITTEN: WriteCounts = { inserted: 0, updated: 0, skipped: 0, created: 0, expected: 0 };

/**
 * Stages by COPY, then checks and writes by set-based statements in one transaction, which also takes the marks, the
 * refused rows and the job's counts: a crash anywhere leaves no business row, and the re-run, which goes on with the
 * staged rows, writes each once.
 */
export function postgresLoader(pool: Pool): Loader {
  return async (request) => {
    const client = await connectWhile(pool, request.confirm);
    // The server may end the session between two statements: the next one fails then, and that is enough.
    client.on('error', () => undefined);
    try {
      await takeSession(client, request.job.id);
      const type = dataType(request.job.data_type);
      // Committed piece by piece, before the one transaction that writes: a re-run goes on from the last piece.
      const staged = await stageRows(client, type, request);
      const { rows } = staged;
      if (rows > MAX_ROW_NUMBER) throw tooManyRows();
      await request.beat({ phase: 'loading', rows });
      await client.query('begin');
      const outcome = await load(client, { request, type, ...staged });
      await client.query('commit');
      if (stepsOf(request.job, type)) hintEvents(type.className);
      return outcome;
    } finally {
      // The session holds temporary tables, perhaps a failed transaction or a half COPY: it is not worth mending.
      client.release(true);
    }
  };
}

interface LoadState extends Staged {
  request: LoadRequest;
  type: DataType;
}

async function load(client: PoolClient, state: LoadState): Promise<LoadOutcome> {
  const { request, type, plan } = state;
  const { job } = request;
  const { options } = job;
  await analyze(client, type);
  // Imports of one tenant write one after the other: they would meet at customers and orders, in any order.
  await client.query('select pg_advisory_xact_lock($1, hashtext($2))', [IMPORT_LOCK, job.tenantId]);
  const checked = { type, plan, options, tenantId: job.tenantId };
  const amountIs = type.isGrouped ? await decide(client, plan, options) : undefined;
  const byPlace = await refuseConflicts(client, checked);
  const notes = await readNotes(client, type);
  const told = reportOf(request.columnWarnings(), { amountIs, notes, byPlace });
  const write: WriteRequest = { job, type, plan, now: new Date() };
  const isRefused = options.strict && (await hasRefused(client));
  if (isRefused || options.dryRun) {
    const counted = isRefused ? NOTHING_WRITTEN : await countOnly(client, write);
    return { kind: 'checked', report: told, ...(await report(client, state, counted)) };
  }
  const counted = await writeRows(client, state, { write, checked });
  const { counts, errorTotal } = await report(client, state, counted);
  if (options.strict && counts.rejected > 0)
    throw new Error('A row was stored meanwhile by another writer; once more.');
  await recordEffects(client, write);
  await claimApplied(client, request, { counts, errorTotal, created: counted.created, report: told });
  return { kind: 'applied', counts, errorTotal, report: told };
}

/** Whether amounts are those of lines or of orders: for this import, from now on. */
async function decide(client: PoolClient, plan: FieldPlan, options: ImportOptions): Promise<AmountDecision> {
  const stats = isAmountOpen(plan, options) ? await readAmountStats(client, plan) : undefined;
  const decision = decideAmountIs(plan, options, stats);
  plan.amountIs = decision.used;
  return decision;
}

/** Writes customers, rows and marks. */
async function writeRows(
  client: PoolClient,
  { slots }: LoadState,
  { write, checked }: { write: WriteRequest; checked: Parameters<typeof refuseOvertaken>[1] },
): Promise<WriteCounts> {
  const { job, type } = write;
  if (hasColumn(type, 'customer_id')) {
    await ensureCustomers(client, { tenantId: job.tenantId, jobId: job.job_id, now: write.now });
  }
  await markNewDays(client, write, slots);
  if (job.options.mode !== 'insert') {
    const counts = await matchStored(client, write);
    await markOldDays(client, write);
    await keepBefore(client, write);
    counts.created = await writeMatched(client, write);
    if (counts.created < counts.expected) throw new Error('A row was stored meanwhile by another writer; once more.');
    return counts;
  }
  const counts = await insertAll(client, write);
  if (counts.created < counts.expected) {
    await refuseOvertaken(client, checked, job.job_id);
    counts.inserted = await countAccepted(client);
  }
  return counts;
}

/** What a dry run would do. */
async function countOnly(client: PoolClient, write: WriteRequest): Promise<WriteCounts> {
  if (write.job.options.mode !== 'insert') return matchStored(client, write);
  return { ...NOTHING_WRITTEN, inserted: await countAccepted(client) };
}

async function report(
  client: PoolClient,
  { request, rows }: LoadState,
  counted: WriteCounts,
): Promise<{ counts: Counts; errorTotal: number }> {
  const { rejected, errorTotal } = await storeErrors(client, request.job.job_id);
  const { inserted, updated, skipped } = counted;
  // A refused strict import stores nothing: its good rows are skipped.
  const rest = rows - rejected - inserted - updated - skipped;
  return { counts: { ...NO_COUNTS, read: rows, inserted, updated, skipped: skipped + rest, rejected }, errorTotal };
}

/** The last statement before the commit: takes effect only while the lease is ours and nobody cancelled. */
async function claimApplied(
  client: PoolClient,
  request: LoadRequest,
  result: { counts: Counts; errorTotal: number; created: number; report: ImportReport },
): Promise<void> {
  const updated = await updateHeld(
    request,
    {
      phase: 'applied',
      counts: result.counts,
      error_total: result.errorTotal,
      stored_total: result.created,
      report: result.report,
    },
    { client, isNotCancelled: true },
  );
  if (!updated) throw new Interruption('lost');
}

/** What statements join and choose by: without it, one row in 200 is taken for accepted, and plans are made for those. */
async function analyze(client: PoolClient, type: DataType): Promise<void> {
  const columns = ['errs', ...['business_id', 'customer_id', 'user_id'].filter((name) => hasColumn(type, name))];
  await client.query(`analyze import_stage (${columns.join(', ')})`);
}

async function hasRefused(client: PoolClient): Promise<boolean> {
  const { rows } = await client.query('select 1 from import_stage where errs is not null limit 1');
  return rows.length > 0;
}

async function countAccepted(client: PoolClient): Promise<number> {
  const { rows } = await client.query<{ n: number }>('select count(*)::int as n from import_stage where errs is null');
  return rows[0]?.n ?? 0;
}
