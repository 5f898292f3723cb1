import type { Pool, PoolClient } from 'pg';
import type { ImportOptions } from '../convert/options';
import type { RowError } from '../convert/row-error';
import { EMPTY_REPORT, type ImportReport } from '../convert/warning';
import { jobPermissions } from './job-permissions';
import type { Counts, Failure, JobCondition, JobPhase, JobRow, JobState, JobStatus } from './job-row';
import type { JobStore } from './job.store';

const UNIQUE_VIOLATION = '23505';
const JSON_COLUMNS = new Set(['error', 'counts', 'header', 'report']);

/** Also used inside the transaction that loads rows, hence a client instead of the pool. */
export class PostgresJobStore implements JobStore {
  constructor(private readonly db: Pool | PoolClient) {}

  async insert(job: JobRow): Promise<boolean> {
    const row = toColumns(job);
    const names = Object.keys(row);
    const values = names.map((_name, index) => `$${index + 1}`);
    try {
      await this.db.query(
        `insert into "DataJob" (${names.map((name) => `"${name}"`).join(', ')}) values (${values.join(', ')})`,
        Object.values(row),
      );
      return true;
    } catch (error) {
      const { code, constraint } = error as { code?: string; constraint?: string };
      if (code === UNIQUE_VIOLATION && constraint?.includes('import_hash')) return false;
      throw error;
    }
  }

  find(jobId: string): Promise<JobRow | undefined> {
    return this.findBy('job_id', jobId);
  }

  findByHash(importHash: string): Promise<JobRow | undefined> {
    return this.findBy('import_hash', importHash);
  }

  async update(
    jobId: string,
    condition: JobCondition,
    change: Partial<JobState>,
    countAttempt = false,
  ): Promise<JobRow | undefined> {
    const values: unknown[] = [];
    const bind = (value: unknown): string => `$${values.push(value)}`;
    const sets = Object.entries(change).map(([name, value]) => `"${name}" = ${bind(toColumn(name, value))}`);
    sets.push(`"updatedAt" = ${bind(new Date())}`);
    if (countAttempt) sets.push('attempts = attempts + 1');
    const tests = [`job_id = ${bind(jobId)}`, `status = any(${bind(condition.statuses)})`];
    if (condition.leaseToken !== undefined) tests.push(`lease_token = ${bind(condition.leaseToken)}`);
    if (condition.leaseFreeAt) tests.push(`(lease_until is null or lease_until <= ${bind(condition.leaseFreeAt)})`);
    if (condition.isNotCancelled) tests.push('cancel_requested_at is null');
    if (condition.isCancelAsked) tests.push('cancel_requested_at is not null');
    if (condition.phases) tests.push(`phase = any(${bind(condition.phases)})`);
    const { rows } = await this.db.query<StoredJob>(
      `update "DataJob" set ${sets.join(', ')} where ${tests.join(' and ')} returning *`,
      values,
    );
    return rows[0] && toJobRow(rows[0]);
  }

  async findAbandoned(now: Date, queuedBefore: Date, limit: number): Promise<{ jobId: string; attempts: number }[]> {
    const { rows } = await this.db.query<{ jobId: string; attempts: number }>(
      `select job_id as "jobId", attempts from "DataJob" where kind = 'import' and (
         (status = 'queued' and "updatedAt" <= $2 and (lease_until is null or lease_until <= $1))
         or (status = 'processing' and (lease_until is null or lease_until <= $1))) limit $3`,
      [now, queuedBefore, limit],
    );
    return rows;
  }

  async findUnheardCancels(now: Date, limit: number): Promise<string[]> {
    const { rows } = await this.db.query<{ job_id: string }>(
      `select job_id from "DataJob" where status in ('queued', 'processing') and cancel_requested_at is not null
         and (lease_until is null or lease_until <= $1) limit $2`,
      [now, limit],
    );
    return rows.map((row) => row.job_id);
  }

  async findNeededFiles(names: readonly string[]): Promise<Set<string>> {
    const { rows } = await this.db.query<{ input_path: string }>(
      `select input_path from "DataJob" where status in ('queued', 'processing') and input_path = any($1)`,
      [names],
    );
    return new Set(rows.map((row) => row.input_path));
  }

  async readErrors(jobId: string, offset: number, limit: number): Promise<RowError[]> {
    const { rows } = await this.db.query<RowError>(
      `select row, column_name as column, code, message, value from app.import_error
       where job = $1 and seq >= $2 order by seq limit $3`,
      [jobId, offset, limit],
    );
    return rows;
  }

  async writeErrors(jobId: string, errors: readonly RowError[]): Promise<void> {
    await this.db.query('delete from app.import_error where job = $1', [jobId]);
    await this.db.query(
      `insert into app.import_error (job, seq, row, column_name, code, message, value)
       select $1, n - 1, r, c, k, m, v from unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[])
         with ordinality as e (r, c, k, m, v, n)`,
      [
        jobId,
        errors.map((error) => error.row),
        errors.map((error) => error.column),
        errors.map((error) => error.code),
        errors.map((error) => error.message),
        errors.map((error) => error.value),
      ],
    );
  }

  async removeErrors(endedBefore: Date): Promise<void> {
    await this.db.query(
      `delete from app.import_error e using "DataJob" j where j.job_id = e.job and j.completed_at < $1`,
      [endedBefore],
    );
  }

  private async findBy(column: 'job_id' | 'import_hash', value: string): Promise<JobRow | undefined> {
    const { rows } = await this.db.query<StoredJob>(`select * from "DataJob" where ${column} = $1`, [value]);
    return rows[0] && toJobRow(rows[0]);
  }
}

interface StoredJob {
  objectId: string;
  createdAt: Date;
  tenant: string;
  owner: string | null;
  options: string;
  error: Failure | null;
  counts: Counts | null;
  report: ImportReport | null;
  dry_run: boolean | null;
  status: JobStatus;
  phase: JobPhase;
  [column: string]: unknown;
}

function toColumns(job: JobRow): Record<string, unknown> {
  const { id, tenantId, ownerId, createdAt, options, ...rest } = job;
  const permissions = jobPermissions(job);
  const columns: Record<string, unknown> = {
    ...rest,
    objectId: id,
    createdAt,
    updatedAt: createdAt,
    _rperm: permissions.read,
    _wperm: permissions.write,
    tenant: tenantId,
    owner: ownerId ?? null,
    options: JSON.stringify(options),
    processing_rules: '[]',
  };
  for (const name of JSON_COLUMNS) columns[name] = toColumn(name, columns[name]);
  return columns;
}

function toColumn(name: string, value: unknown): unknown {
  return JSON_COLUMNS.has(name) && value !== null && value !== undefined ? JSON.stringify(value) : value;
}

function toJobRow(stored: StoredJob): JobRow {
  const { objectId, tenant, owner, options, _rperm, _wperm, ...rest } = stored;
  return {
    ...(rest as unknown as JobRow),
    id: objectId,
    tenantId: tenant,
    ownerId: owner ?? undefined,
    options: JSON.parse(options) as ImportOptions,
    report: stored.report ?? EMPTY_REPORT,
    dry_run: stored.dry_run ?? false,
    counts: stored.counts ?? { read: 0, inserted: 0, updated: 0, skipped: 0, rejected: 0 },
  };
}
