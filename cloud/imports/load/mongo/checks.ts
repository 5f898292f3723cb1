import type { Db, Document } from 'mongodb';
import { RowIssue } from '../../convert/cell';
import type { ImportJob } from '../import-job';
import type { DataType } from '../../convert/data-type';
import type { FieldPlan } from '../../convert/mapping';
import { NOTE_COLUMN } from '../../convert/note';
import { rowError, type RowError } from '../../convert/row-error';
import type { StoredOrder } from '../orders/order';
import { stagedValue, type StagedRow } from '../staged-row';
import { WarnedRows } from '../warned-rows';
import { matchStored } from './match';
import { resolveGroup, storedOrders } from './orders';
import { meetsStored, settleRows } from '../settle-rows';
import { inBatches, noteRow, refuseRows, stagedGroups, type RowGroup } from './stage';
import { storedValues } from './stored-values';

const GROUPS = 1_000;

interface CheckRequest {
  job: ImportJob;
  type: DataType;
  plan: FieldPlan;
}

/**
 * Refuses staged rows for what only all rows together, or the stored ones, can tell.
 * @returns rows that replaced lines of stored orders by their place alone
 */
export async function refuseConflicts(db: Db, request: CheckRequest): Promise<WarnedRows | undefined> {
  const { job, type, plan } = request;
  const hasUsers = type.columns.some((column) => column.name === 'user_id') && plan.provided.has('user_id');
  const isMet = meetsStored(plan);
  const hasKeys = type.idField !== undefined && plan.provided.has(type.idField);
  const byPlace = new WarnedRows();
  if (!hasUsers && !hasKeys && !isMet) return undefined;
  for await (const groups of inBatches(stagedGroups(db, job.job_id), GROUPS)) {
    const stored = await storedByKey(db, request, groups);
    const matched = isMet && !type.idField ? await matchStored(db, request, groups) : undefined;
    const orders = type.isGrouped ? await storedOrders(db, [...stored.values()]) : undefined;
    const errors: RowError[] = [];
    for (const group of groups) {
      const met = matched?.get(group) ?? stored.get(group.match ?? '');
      if (met && job.options.mode === 'insert') errors.push(...refuseStored(request, group));
      else if (orders)
        errors.push(...refuseInOrder(request, { group, byPlace, met: met && orders.get(String(met._id)) }));
      else if (isMet) errors.push(...(await refuseBroken(db, request, group, met)));
      else errors.push(...refuseRepeats(request, group));
    }
    if (hasUsers) errors.push(...(await refuseUnknownUsers(db, request, groups)));
    await refuseRows(db, job.job_id, errors);
  }
  return byPlace;
}

function refuseInOrder(
  request: CheckRequest,
  { group, met, byPlace }: { group: RowGroup; met: StoredOrder | undefined; byPlace: WarnedRows },
): RowError[] {
  if (group.match === undefined) return [];
  const result = resolveGroup(request, group, met);
  if ('errors' in result) return result.errors;
  if (result.fields.isByPlace) byPlace.add(group.rows.map(({ row }) => row));
  return [];
}

/** What the fact's rules refuse beside what is stored now; they look again when the row is written. */
async function refuseBroken(
  db: Db,
  { job, type, plan }: CheckRequest,
  group: RowGroup,
  met: Document | undefined,
): Promise<RowError[]> {
  const { row, errors } = settleRows(plan, group.rows, met && storedValues(type, met));
  const note = row && stagedValue(type, row, NOTE_COLUMN);
  if (row && note) await noteRow(db, { job, type, row: row.row, note });
  return errors;
}

/** Leaves the accepted row in the group. */
function refuseRepeats({ job, type, plan }: CheckRequest, group: RowGroup): RowError[] {
  if (group.match === undefined || job.options.mode !== 'insert') return [];
  return group.rows.splice(1).map((row) => duplicate(plan, type, row, 'The file has this key before.'));
}

function refuseStored({ type, plan }: CheckRequest, { rows }: RowGroup): RowError[] {
  return rows.map((row) => duplicate(plan, type, row, 'A row with this key is stored already.'));
}

/** Stored rows that the groups meet, by match. Other modes than `insert` look at orders only here. */
async function storedByKey(
  db: Db,
  { job, type, plan }: CheckRequest,
  groups: readonly RowGroup[],
): Promise<Map<string, Document>> {
  const keys = groups.filter(({ match }) => match !== undefined).map(({ match }) => `${job.tenantId}:${match}`);
  if (!keys.length || (job.options.mode !== 'insert' && !type.isGrouped && !meetsStored(plan))) return new Map();
  const stored = await db
    .collection(type.className)
    .find({ unique_key: { $in: keys }, import_id: { $ne: job.job_id } })
    .toArray();
  return new Map(stored.map((row) => [String(row['unique_key']).slice(job.tenantId.length + 1), row]));
}

async function refuseUnknownUsers(
  db: Db,
  { job, type, plan }: CheckRequest,
  groups: readonly RowGroup[],
): Promise<RowError[]> {
  const rows = groups.flatMap((group) => group.rows);
  const ids = [...new Set(rows.map((row) => stagedValue(type, row, 'user_id')).filter((id) => id !== null))];
  if (!ids.length) return [];
  const known = await db
    .collection<{ _id: string }>('_User')
    .find({ _id: { $in: ids.map(String) }, _p_tenant: `Tenant$${job.tenantId}` })
    .project<{ _id: string }>({ _id: 1 })
    .toArray();
  const users = new Set(known.map((user) => user._id));
  return rows.flatMap((row) => {
    const id = stagedValue(type, row, 'user_id');
    if (id === null || users.has(String(id))) return [];
    return [
      rowError(
        row.row,
        columnName(plan, 'user_id'),
        new RowIssue('REQUIRED', 'No user of the tenant has this id.'),
        id,
      ),
    ];
  });
}

/** A row whose key is taken, by the file or by the class. */
export function duplicate(plan: FieldPlan, type: DataType, row: StagedRow, message: string): RowError {
  const column = columnName(plan, type.idField ?? '');
  return rowError(row.row, column, new RowIssue('DUPLICATE_KEY', message), stagedValue(type, row, 'business_id'));
}

function columnName(plan: FieldPlan, field: string): string {
  return plan.sources.find((source) => source.spec.name === field)?.column ?? field;
}
