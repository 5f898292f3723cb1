import type { PoolClient } from 'pg';
import { tenantPermissions } from '../../../../core/schema/acl';
import type { ImportJob } from '../import-job';
import type { DataType } from '../../convert/data-type';
import type { FieldPlan } from '../../convert/mapping';
import { rowIdSql } from '../row-ids';
import { matchSql, sourceSql } from './source';
import { isProvided } from '../provided';
import { assignmentsOf, hasColumn, quoted, type Assignment } from './targets';

export interface WriteRequest {
  job: ImportJob;
  type: DataType;
  plan: FieldPlan;
  now: Date;
}

/** Input rows by what became of them, and stored rows that are new. */
export interface WriteCounts {
  inserted: number;
  updated: number;
  skipped: number;
  /** Rows of the class, not of the file. */
  created: number;
  /** New rows that should have been created; fewer were when another writer came first. */
  expected: number;
}

/** Everything is new: one statement from the staged rows to the class's table. */
export async function insertAll(client: PoolClient, request: WriteRequest): Promise<WriteCounts> {
  const { type, plan, job } = request;
  const source = sourceSql(type, plan, job.options);
  const hasKeys = type.idField !== undefined && plan.provided.has(type.idField);
  const { rows } = await client.query<{ stored: number; accepted: number }>(
    hasKeys && type.isGrouped
      ? `select count(*) filter (where business_id is null)::int + count(distinct business_id)::int as stored, count(*)::int as accepted
         from import_stage where errs is null`
      : 'select count(*)::int as stored, count(*)::int as accepted from import_stage where errs is null',
  );
  const { stored = 0, accepted = 0 } = rows[0] ?? {};
  const created = await insertFrom(client, request, `(${source})`, hasKeys);
  return { inserted: accepted, updated: 0, skipped: 0, created, expected: stored };
}

/** Materialises the rows beside what they meet in the class's table, for update and upsert. */
export async function matchStored(client: PoolClient, { job, type, plan }: WriteRequest): Promise<WriteCounts> {
  await client.query(`create temp table import_src as
    select s.*, m."objectId" as existing_id from (${sourceSql(type, plan, job.options)}) s
    left join lateral (select t."objectId" from "${type.className}" t
      where ${matchSql(type, job.options, job.tenantId)} limit 1) m on true`);
  // What is stored may meet it from either side, whatever the planner guesses of the class's table (look-up.ts).
  await client.query('create index on import_src (existing_id)');
  await client.query('analyze import_src');
  // Further rows of a new key update what the first would have inserted, unless they are items of one order.
  const firstOfNew = type.isGrouped ? 'rows' : '1';
  const { rows } = await client.query<{ matched: number; fresh: number; fresh_rows: number; fresh_first: number }>(
    `select coalesce(sum(rows) filter (where existing_id is not null), 0)::int as matched,
       (count(*) filter (where existing_id is null))::int as fresh,
       coalesce(sum(rows) filter (where existing_id is null), 0)::int as fresh_rows,
       coalesce(sum(${firstOfNew}) filter (where existing_id is null), 0)::int as fresh_first
     from import_src`,
  );
  const { matched = 0, fresh = 0, fresh_rows: freshRows = 0, fresh_first: freshFirst = 0 } = rows[0] ?? {};
  if (job.options.mode === 'update') {
    return { inserted: 0, updated: matched, skipped: freshRows, created: 0, expected: 0 };
  }
  return { inserted: freshFirst, updated: matched + freshRows - freshFirst, skipped: 0, created: 0, expected: fresh };
}

/** Writes what `matchStored` found. */
export async function writeMatched(client: PoolClient, request: WriteRequest): Promise<number> {
  await updateMatched(client, request);
  if (request.job.options.mode === 'update') return 0;
  return insertFrom(client, request, '(select * from import_src where existing_id is null)', true);
}

async function insertFrom(
  client: PoolClient,
  request: WriteRequest,
  source: string,
  hasKeys: boolean,
): Promise<number> {
  const { job, type, now } = request;
  const assignments = assignmentsOf(type);
  const { read, write } = tenantPermissions(job.tenantId);
  const columns = ['objectId', 'createdAt', 'updatedAt', '_rperm', '_wperm', 'tenant', 'import_id'];
  // Pages of results rely on ids without gaps; those given while reading have some where rows are refused later.
  const isNumbered = hasKeys || hasColumn(type, 'user_id');
  const id = isNumbered ? rowIdSql('$6', 'row_number() over (order by s.row)') : 's.id';
  const values = [id, '$1', '$1', '$2', '$3', '$4', '$5'];
  for (const { column, value } of assignments) {
    columns.push(column);
    values.push(value);
  }
  if (hasKeys && type.idField) {
    columns.push('unique_key');
    values.push(`'${job.tenantId}:' || s.business_id`);
  }
  const result = await client.query(
    `insert into "${type.className}" (${columns.map(quoted).join(', ')})
     select ${values.join(', ')} from ${source} s ${customerJoin(type)}
     ${isNumbered ? 'order by s.row' : ''}
     ${hasKeys && type.idField ? 'on conflict (unique_key) do nothing' : ''}`,
    [now, read, write, job.tenantId, job.job_id, ...(isNumbered ? [job.id_prefix] : [])],
  );
  return result.rowCount ?? 0;
}

async function updateMatched(client: PoolClient, { job, type, plan, now }: WriteRequest): Promise<void> {
  // Of an order everything is given as it shall be, or not at all (orders.ts).
  const written = assignmentsOf(type).filter(
    ({ from, isSettled }) =>
      isSettled ?? (from !== undefined && (type.isGrouped ? from !== '' : isProvided(plan, from))),
  );
  const sets = written.map(
    ({ column, value, isSettled }: Assignment) =>
      `${quoted(column)} = ${isSettled ? value : `coalesce(${value}, t.${quoted(column)})`}`,
  );
  // Looked at again by the database where an erasure holds the row.
  const isNotErased = type.className === 'Customer' ? ' and t.erased_at is null' : '';
  await client.query(
    `update "${type.className}" t set ${['"updatedAt" = $1', 'import_id = $2', ...sets].join(', ')}
     from import_src s ${customerJoin(type)} where t."objectId" = s.existing_id${isNotErased}`,
    [now, job.job_id],
  );
}

function customerJoin(type: DataType): string {
  return hasColumn(type, 'customer_id') ? 'left join import_customer c on c.customer_id = s.customer_id' : '';
}
