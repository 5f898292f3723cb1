import type { Db } from 'mongodb';
import { RowIssue } from '../../cells/cell';
import type { JobRow } from '../../job/job-row';
import type { DataType } from '../../plan/data-type';
import type { FieldPlan } from '../../plan/mapping';
import { rowError, type RowError } from '../../plan/row-error';
import { checkOrder } from '../purchase-rows';
import { stagedValue, type StagedRow } from '../staged-row';
import { acceptedGroups, inBatches, refuseRows, type RowGroup } from './stage';

const GROUPS = 1_000;

interface CheckRequest {
  job: JobRow;
  type: DataType;
  plan: FieldPlan;
}

/** Refuses staged rows for what only all rows together, or the stored ones, can tell. */
export async function refuseConflicts(db: Db, request: CheckRequest): Promise<void> {
  const { job, type, plan } = request;
  const hasUsers = type.columns.some((column) => column.name === 'user_id') && plan.provided.has('user_id');
  const hasKeys = type.idField !== undefined && plan.provided.has(type.idField);
  if (!hasUsers && !hasKeys) return;
  for await (const groups of inBatches(acceptedGroups(db, job.job_id), GROUPS)) {
    const errors: RowError[] = [];
    for (const group of groups) errors.push(...refuseInGroup(request, group));
    if (job.options.mode === 'insert') errors.push(...(await refuseStored(db, request, groups)));
    if (hasUsers) errors.push(...(await refuseUnknownUsers(db, request, groups)));
    await refuseRows(db, job.job_id, errors);
  }
}

/** Leaves the accepted rows in the group. */
function refuseInGroup({ job, type, plan }: CheckRequest, group: RowGroup): RowError[] {
  if (group.match === undefined) return [];
  if (type.isGrouped) {
    const { accepted, conflicts } = checkOrder(type, group.rows, plan);
    group.rows = accepted;
    return conflicts;
  }
  if (job.options.mode !== 'insert') return [];
  return group.rows.splice(1).map((row) => duplicate(plan, type, row, 'The file has this key before.'));
}

async function refuseStored(
  db: Db,
  { job, type, plan }: CheckRequest,
  groups: readonly RowGroup[],
): Promise<RowError[]> {
  const keys = groups.filter(({ match }) => match !== undefined).map(({ match }) => `${job.tenantId}:${match}`);
  if (!keys.length) return [];
  const stored = await db
    .collection(type.className)
    .find({ unique_key: { $in: keys }, import_id: { $ne: job.job_id } })
    .project<{ unique_key: string }>({ unique_key: 1 })
    .toArray();
  const taken = new Set(stored.map((row) => row.unique_key));
  return groups
    .filter(({ match }) => match !== undefined && taken.has(`${job.tenantId}:${match}`))
    .flatMap(({ rows }) => rows.map((row) => duplicate(plan, type, row, 'A row with this key is stored already.')));
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
