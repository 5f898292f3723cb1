import type { Pool, PoolClient } from 'pg';
import { PENDING } from '../../../core/events/pending-writes';
import { jobPermissions } from '../permissions';
import type { JobChange, JobCondition, JobRow } from '../job-row';
import type { JobFilter, JobStore, QueuedJob, UpdateExtras } from './job.store.types';
import { completeRow } from './stored-row';
import { isTaken, takenError } from './taken';

const UNIQUE_VIOLATION = '23505';

type StoredJob = Record<string, unknown> & { objectId: string; createdAt: Date; tenant: string; owner: string | null };

/** Also used inside transactions of kinds, hence a client instead of the pool. */
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
      if (isDuplicate(error)) return false;
      throw error;
    }
  }

  find(jobId: string): Promise<JobRow | undefined> {
    return this.findBy('job_id', jobId);
  }

  async findBy(column: string, value: string): Promise<JobRow | undefined> {
    const { rows } = await this.db.query<StoredJob>(`select * from "DataJob" where "${column}" = $1`, [value]);
    return rows[0] && toJobRow(rows[0]);
  }

  async list(
    { kinds, status, ownerId, seenBy }: JobFilter,
    { offset, limit }: { offset: number; limit: number },
  ): Promise<{ rows: JobRow[]; total: number }> {
    const values: unknown[] = [];
    const bind = (value: unknown): string => `$${values.push(value)}`;
    // A row made by hand in Parse Dashboard has no options; the list must not fail for it.
    const tests = [`kind = any(${bind(kinds)})`, 'options is not null'];
    if (status) tests.push(`status = ${bind(status)}`);
    if (ownerId) tests.push(`owner = ${bind(ownerId)}`);
    if (seenBy) tests.push(`(owner = ${bind(seenBy.ownerId)} or tenant = ${bind(seenBy.tenantId ?? null)})`);
    const where = tests.join(' and ');
    const counted = await this.db.query<{ n: number }>(
      `select count(*)::int as n from "DataJob" where ${where}`,
      values.slice(),
    );
    const { rows } = await this.db.query<StoredJob>(
      `select * from "DataJob" where ${where} order by "createdAt" desc, "objectId" desc
       offset ${bind(offset)} limit ${bind(limit)}`,
      values,
    );
    return { rows: rows.map(toJobRow), total: counted.rows[0]?.n ?? 0 };
  }

  async update(
    jobId: string,
    condition: JobCondition,
    change: JobChange,
    { countAttempt = false, events = [] }: UpdateExtras = {},
  ): Promise<JobRow | undefined> {
    const values: unknown[] = [];
    const bind = (value: unknown): string => `$${values.push(value)}`;
    const sets = Object.entries(change).map(([name, value]) => `"${name}" = ${bind(toColumn(value))}`);
    sets.push(`"updatedAt" = ${bind(new Date())}`);
    if (countAttempt) sets.push('attempts = attempts + 1');
    if (events.length) {
      sets.push(`${PENDING} = coalesce(${PENDING}, '[]') || ${bind(JSON.stringify(events))}::jsonb`);
    }
    const tests = [`job_id = ${bind(jobId)}`, `status = any(${bind(condition.statuses)})`];
    if (condition.kind !== undefined) tests.push(`kind = ${bind(condition.kind)}`);
    if (condition.leaseToken !== undefined) tests.push(`lease_token = ${bind(condition.leaseToken)}`);
    if (condition.leaseFreeAt) tests.push(`(lease_until is null or lease_until <= ${bind(condition.leaseFreeAt)})`);
    if (condition.isNotCancelled) tests.push('cancel_requested_at is null');
    if (condition.isCancelAsked) tests.push('cancel_requested_at is not null');
    if (condition.notInPhases) tests.push(`(phase is null or not phase = any(${bind(condition.notInPhases)}))`);
    const updated = this.db.query<StoredJob>(
      `update "DataJob" set ${sets.join(', ')} where ${tests.join(' and ')} returning *`,
      values,
    );
    const { rows } = await updated.catch((error: unknown) => {
      throw isDuplicate(error) ? takenError(error) : error;
    });
    return rows[0] && toJobRow(rows[0]);
  }

  async findAbandoned(kinds: readonly string[], now: Date, queuedBefore: Date, limit: number): Promise<QueuedJob[]> {
    const { rows } = await this.db.query<QueuedJob>(
      `select job_id, kind, attempts, coalesce(retries, 0) as retries from "DataJob" where kind = any($4) and (
         (status = 'queued' and "updatedAt" <= $2 and (lease_until is null or lease_until <= $1))
         or (status = 'processing' and (lease_until is null or lease_until <= $1))) limit $3`,
      [now, queuedBefore, limit, kinds],
    );
    return rows;
  }

  async findUnheardCancels(kinds: readonly string[], now: Date, limit: number): Promise<string[]> {
    const { rows } = await this.db.query<{ job_id: string }>(
      `select job_id from "DataJob" where status in ('queued', 'processing') and cancel_requested_at is not null
         and kind = any($3) and (lease_until is null or lease_until <= $1) limit $2`,
      [now, limit, kinds],
    );
    return rows.map((row) => row.job_id);
  }

  async findNeededFiles(names: readonly string[], endedAfter: Date): Promise<Set<string>> {
    const { rows } = await this.db.query<{ input_path: string }>(
      `select input_path from "DataJob" where input_path = any($1) and (status in ('queued', 'processing')
         or (status in ('failed', 'cancelled') and completed_at > $2))`,
      [names, endedAfter],
    );
    return new Set(rows.map((row) => row.input_path));
  }
}

function isDuplicate(error: unknown): boolean {
  const { code, constraint } = error as { code?: string; constraint?: string };
  return code === UNIQUE_VIOLATION && isTaken(constraint);
}

function toColumns(job: JobRow): Record<string, unknown> {
  const { id, tenantId, ownerId, createdAt, options, ...rest } = job;
  const permissions = jobPermissions(job);
  return {
    ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, toColumn(value)])),
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
}

/** Objects and arrays are jsonb. */
function toColumn(value: unknown): unknown {
  return typeof value === 'object' && value !== null && !(value instanceof Date) ? JSON.stringify(value) : value;
}

function toJobRow(stored: StoredJob): JobRow {
  const { objectId, tenant, owner, createdAt, updatedAt: _updatedAt, ...rest } = stored;
  return completeRow(rest, { id: objectId, tenantId: tenant, ownerId: owner ?? undefined, createdAt });
}
