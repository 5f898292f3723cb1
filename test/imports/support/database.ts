import { Client } from 'pg';
import { withDatabase } from '../../accounts/support';
import { LANE, testServer, waitFor } from '../../harness/app';

/** Large enough for a stage that outlives its worker (PostgreSQL: 4 MiB); the MongoDB stand-in is slow. */
export const ROWS = LANE === 'mongo' ? 10_000 : 60_000;
const PADDING = 'x'.repeat(LANE === 'mongo' ? 10 : 80);

/** Rows of the log that are refused: an order of two rows, of which the later one, near the end, is no number. */
export const HELD = 2;

/** A log of purchases of 1.00, one order in two rows at its two ends, and one that is held back. */
export function longLog(rows = ROWS): string {
  const lines = Array.from({ length: rows }, (_row, index) => {
    const order = index === 0 || index === rows - 1 ? 'split' : `o${index}`;
    return `${order},c${index % 100},2024-01-${10 + (index % 20)},1,${PADDING}`;
  });
  // The two ends belong to one customer.
  lines[rows - 1] = `split,c0,2024-01-10,1,${PADDING}`;
  lines[2] = `held,c0,2024-01-10,1,${PADDING}`;
  lines[rows - 2] = `held,c0,2024-01-10,one,${PADDING}`;
  return `order_id,customer_id,purchased_at,amount,channel\n${lines.join('\n')}`;
}

/** What the database says of an import, behind the API's back. */
export async function progressOf(jobId: string): Promise<{ phase: string; staged: number; stored: number }> {
  return withDatabase({
    postgres: async (db) => {
      const { rows } = await db.query<{ id: string; phase: string }>(
        'select "objectId" as id, phase from "DataJob" where job_id = $1',
        [jobId],
      );
      const { id, phase } = rows[0]!;
      const staged = await db
        .query<{ n: number }>(`select count(*)::int as n from "app_import_${id}".import_stage`)
        .catch(() => undefined); // Not there yet, or no more.
      const stored = await db.query<{ n: number }>('select count(*)::int as n from "Purchase" where import_id = $1', [
        jobId,
      ]);
      return { phase, staged: staged?.rows[0]!.n ?? 0, stored: stored.rows[0]!.n };
    },
    mongo: async (db) => {
      const job = await db.collection('DataJob').findOne({ job_id: jobId });
      const staged = await db.collection('app_import_stage').countDocuments({ job: jobId });
      const stored = await db.collection('Purchase').countDocuments({ import_id: jobId });
      return { phase: String(job!.phase), staged, stored };
    },
  });
}

/** Makes the staged row of the file's second line worth 7.00 instead of 1.00: a run that stages it again undoes that. */
export async function changeStagedRow(jobId: string): Promise<void> {
  await withDatabase<unknown>({
    postgres: async (db) => {
      const { rows } = await db.query<{ id: string }>('select "objectId" as id from "DataJob" where job_id = $1', [
        jobId,
      ]);
      await db.query(`update "app_import_${rows[0]!.id}".import_stage set amount_minor = 700 where row = 3`);
    },
    mongo: (db) => db.collection('app_import_stage').updateOne({ job: jobId, row: 3 }, { $set: { 'values.3': 700 } }),
  });
}

/** As if the time had passed after which a silent worker is taken for dead. */
export async function expireLease(jobId: string): Promise<void> {
  const until = new Date(0);
  await withDatabase<unknown>({
    postgres: (db) => db.query('update "DataJob" set lease_until = $2 where job_id = $1', [jobId, until]),
    mongo: (db) => db.collection('DataJob').updateOne({ job_id: jobId }, { $set: { lease_until: until } }),
  });
}

/** Lets an import write its customers and marks, and then wait (PostgreSQL). @returns what lets it go on */
export async function holdPurchases(): Promise<() => Promise<void>> {
  const client = new Client({ connectionString: testServer().databaseUri });
  await client.connect();
  await client.query('begin');
  await client.query('lock table "Purchase" in share mode');
  return () => client.end();
}

/** Whether somebody waits for `holdPurchases`. */
export function isHeld(): Promise<boolean> {
  return withDatabase({
    postgres: async (db) => {
      const { rows } = await db.query(`select 1 from pg_locks where not granted and relation = '"Purchase"'::regclass`);
      return rows.length > 0;
    },
    mongo: () => Promise.reject(new Error('PostgreSQL only.')),
  });
}

/** The rows that an import staged are gone once it has ended. */
export function waitForEmptyStage(jobId: string): Promise<boolean> {
  return waitFor(async () => (await progressOf(jobId)).staged === 0, { timeoutMs: 30_000 });
}

/** As if the job had ended 31 days ago. */
export async function expireJob(jobId: string): Promise<void> {
  const ended = new Date(Date.now() - 31 * 86_400_000);
  await withDatabase<unknown>({
    postgres: (db) => db.query('update "DataJob" set completed_at = $2 where job_id = $1', [jobId, ended]),
    mongo: (db) => db.collection('DataJob').updateOne({ job_id: jobId }, { $set: { completed_at: ended } }),
  });
}

/** Refused rows that are stored of a job. */
export function countErrors(jobId: string): Promise<number> {
  return withDatabase({
    postgres: async (db) => {
      const { rows } = await db.query<{ n: number }>('select count(*)::int as n from app.import_error where job = $1', [
        jobId,
      ]);
      return rows[0]!.n;
    },
    mongo: (db) => db.collection('app_import_error').countDocuments({ job: jobId }),
  });
}

/** A staged row of a job that has ended, as a killed process leaves it. */
export async function leaveStagedRow(jobId: string): Promise<void> {
  await withDatabase<unknown>({
    postgres: async (db) => {
      const { rows } = await db.query<{ id: string }>('select "objectId" as id from "DataJob" where job_id = $1', [
        jobId,
      ]);
      const schema = `"app_import_${rows[0]!.id}"`;
      await db.query(`create schema ${schema}; create unlogged table ${schema}.import_stage as select 1 as row`);
    },
    mongo: (db) => db.collection('app_import_stage').insertOne({ job: jobId, row: 1 }),
  });
}

/** As if 30 workers had died of a job whose rows are written, but not yet in the figures. */
export async function sendBackToFigures(jobId: string): Promise<void> {
  const old = new Date(0);
  const change = { status: 'queued', phase: 'applied', attempts: 30 };
  await withDatabase<unknown>({
    postgres: (db) =>
      db.query(
        `update "DataJob" set status = $2, phase = $3, attempts = $4, "updatedAt" = $5, completed_at = null
         where job_id = $1`,
        [jobId, ...Object.values(change), old],
      ),
    mongo: (db) =>
      db
        .collection('DataJob')
        .updateOne({ job_id: jobId }, { $set: { ...change, _updated_at: old }, $unset: { completed_at: '' } }),
  });
}
