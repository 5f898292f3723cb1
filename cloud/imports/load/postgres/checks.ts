import { escapeLiteral, type PoolClient } from 'pg';
import type { DataType } from '../../plan/data-type';
import type { FieldPlan } from '../../plan/mapping';
import type { ImportOptions } from '../../plan/options';
import { hasColumn } from './targets';

interface CheckRequest {
  type: DataType;
  plan: FieldPlan;
  options: ImportOptions;
  tenantId: string;
}

/** Refuses staged rows for what only all rows together, or the stored ones, can tell. */
export async function refuseConflicts(client: PoolClient, request: CheckRequest): Promise<void> {
  const { type, plan, options, tenantId } = request;
  if (hasColumn(type, 'user_id') && plan.provided.has('user_id')) await refuseUnknownUsers(client, plan, tenantId);
  if (!type.idField || !plan.provided.has(type.idField)) return;
  if (type.isGrouped) {
    await refuseMixedOrders(client, plan);
    await refuseHugeOrders(client, plan);
  } else if (options.mode === 'insert') {
    await refuseRepeats(client, type, plan);
  }
  if (options.mode === 'insert') await refuseStored(client, request);
}

/** Rows of an order with another customer or currency than its first row that has one. An empty customer is none. */
async function refuseMixedOrders(client: PoolClient, plan: FieldPlan): Promise<void> {
  const differs = (column: string, field: string, message: string): string => `
    update import_stage s set errs = ${errorJson('ORDER_CONFLICT', message, columnName(plan, field), `s.${column}`)}
    from (select business_id, (array_agg(${column} order by row) filter (where ${column} is not null))[1] as first
      from import_stage where errs is null and business_id is not null
      group by business_id having min(${column}) <> max(${column})) o
    where s.errs is null and s.business_id = o.business_id and s.${column} <> o.first`;
  await client.query(differs('currency', 'currency', 'The order has another currency.'));
  await client.query(differs('customer_id', 'customer_id', 'The order has another customer.'));
}

/** A sum beyond ±2^53 minor units would not be exact in the class's number field. */
async function refuseHugeOrders(client: PoolClient, plan: FieldPlan): Promise<void> {
  await client.query(`
    update import_stage s set errs = ${errorJson('INVALID_NUMBER', "The order's total is too large.", columnName(plan, 'amount'), 's.amount_minor::text')}
    from (select business_id from import_stage where errs is null and business_id is not null
      group by business_id having abs(sum(amount_minor)) > ${Number.MAX_SAFE_INTEGER}) o
    where s.errs is null and s.business_id = o.business_id`);
}

async function refuseRepeats(client: PoolClient, type: DataType, plan: FieldPlan): Promise<void> {
  await client.query(`
    update import_stage s set errs = ${errorJson('DUPLICATE_KEY', 'The file has this key before.', columnName(plan, type.idField), 's.business_id')}
    from (select business_id, min(row) as first from import_stage
      where errs is null and business_id is not null group by business_id having count(*) > 1) d
    where s.errs is null and s.business_id = d.business_id and s.row <> d.first`);
}

async function refuseStored(client: PoolClient, { type, plan, tenantId }: CheckRequest): Promise<void> {
  await client.query(
    `update import_stage s set errs = ${errorJson('DUPLICATE_KEY', 'A row with this key is stored already.', columnName(plan, type.idField), 's.business_id')}
     from "${type.className}" t
     where s.errs is null and s.business_id is not null and t.unique_key = $1 || s.business_id`,
    [`${tenantId}:`],
  );
}

/**
 * Rows that another writer stored between the check and the insert, which skipped them.
 * @param importId of this run: rows that carry it are our own
 */
export async function refuseOvertaken(client: PoolClient, request: CheckRequest, importId: string): Promise<void> {
  const { type, plan, tenantId } = request;
  await client.query(
    `update import_stage s set errs = ${errorJson('DUPLICATE_KEY', 'A row with this key is stored already.', columnName(plan, type.idField), 's.business_id')}
     from "${type.className}" t
     where s.errs is null and s.business_id is not null and t.unique_key = $1 || s.business_id
       and t.import_id is distinct from $2`,
    [`${tenantId}:`, importId],
  );
}

async function refuseUnknownUsers(client: PoolClient, plan: FieldPlan, tenantId: string): Promise<void> {
  await client.query(
    `update import_stage s set errs = ${errorJson('REQUIRED', 'No user of the tenant has this id.', columnName(plan, 'user_id'), 's.user_id')}
     where s.errs is null and s.user_id is not null
       and not exists (select 1 from "_User" u where u."objectId" = s.user_id and u.tenant = $1)`,
    [tenantId],
  );
}

function columnName(plan: FieldPlan, field: string | undefined): string {
  return plan.sources.find((source) => source.spec.name === field)?.column ?? field ?? '';
}

/** JSON text of one error; `value` is a trusted SQL expression of a text. */
function errorJson(code: string, message: string, column: string, value: string): string {
  return `json_build_array(json_build_object('row', s.row, 'column', ${literal(column)}::text, 'code', ${literal(code)}::text,
    'message', ${literal(message)}::text, 'value', left(${value}, 200)))::text`;
}

/** Column names come from the file. */
function literal(text: string): string {
  return escapeLiteral(text.replaceAll('\0', ''));
}
