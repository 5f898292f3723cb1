import { escapeLiteral, type PoolClient } from 'pg';
import type { DataType } from '../../convert/data-type';
import type { FieldPlan } from '../../convert/mapping';
import type { ImportOptions } from '../../convert/options';
import type { WarnedRows } from '../warned-rows';
import { meetsStored } from '../settle-rows';
import { resolveOrders } from './orders';
import { settleStaged } from './settle';
import { lookUp } from './look-up';
import { hasColumn } from './targets';

interface CheckRequest {
  type: DataType;
  plan: FieldPlan;
  options: ImportOptions;
  tenantId: string;
}

/**
 * Refuses staged rows for what only all rows together, or the stored ones, can tell.
 * @returns rows that replaced lines of stored orders by their place alone
 */
export async function refuseConflicts(client: PoolClient, request: CheckRequest): Promise<WarnedRows | undefined> {
  const { type, plan, options, tenantId } = request;
  if (hasColumn(type, 'user_id') && plan.provided.has('user_id')) await refuseUnknownUsers(client, plan, tenantId);
  if (meetsStored(plan)) await settleStaged(client, { plan, options, tenantId });
  if (!type.idField || !plan.provided.has(type.idField)) return undefined;
  if (!type.isGrouped && options.mode === 'insert') await refuseRepeats(client, type, plan);
  if (options.mode === 'insert') await refuseStored(client, request);
  return type.isGrouped ? resolveOrders(client, request) : undefined;
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
     where s.errs is null and s.business_id is not null
       and exists (${lookUp(`select 1 from "${type.className}" t where t.unique_key = $1 || s.business_id`)})`,
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
     where s.errs is null and s.business_id is not null
       and exists (${lookUp(`select 1 from "${type.className}" t
         where t.unique_key = $1 || s.business_id and t.import_id is distinct from $2`)})`,
    [`${tenantId}:`, importId],
  );
}

async function refuseUnknownUsers(client: PoolClient, plan: FieldPlan, tenantId: string): Promise<void> {
  // The tenant's index is hidden: by it, a planner that takes the table for empty reads all of the tenant.
  await client.query(
    `update import_stage s set errs = ${errorJson('REQUIRED', 'No user of the tenant has this id.', columnName(plan, 'user_id'), 's.user_id')}
     where s.errs is null and s.user_id is not null
       and not exists (${lookUp(`select 1 from "_User" u where u."objectId" = s.user_id and u.tenant || '' = $1`)})`,
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
