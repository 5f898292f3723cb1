import type { AnyBulkWriteOperation, Db, Document } from 'mongodb';
import { PENDING } from '../../../../core/events/pending-writes';
import { pendingTexts } from '../../../../core/events/record';
import { tenantPermissions } from '../../../../core/schema/acl';
import { markInstants } from '../../../analytics/marking.service';
import { stepsOf } from '../effects';
import type { ImportJob } from '../import-job';
import type { DataType } from '../../convert/data-type';
import type { FieldPlan } from '../../convert/mapping';
import type { RowError } from '../../convert/row-error';
import { figureDateOf } from '../figure-days';
import { rowId } from '../row-ids';
import { isProvided } from '../provided';
import { meetsStored, settleRows } from '../settle-rows';
import { stagedValue } from '../staged-row';
import type { StoredOrder } from '../orders/order';
import { purchaseFields, storedFields, type StoredField } from '../stored-fields';
import { writeIgnoringDuplicates } from './bulk';
import { duplicate } from './checks';
import { ensureCustomers } from './customers';
import { matchStored, type StoredDocument } from './match';
import { resolveGroup, storedOrders } from './orders';
import { inBatches, refuseRows, stagedGroups, type RowGroup } from './stage';
import { eventValues, storedValues } from './stored-values';

/** Input rows by what became of them, and new rows of the class. */
export interface ApplyCounts {
  inserted: number;
  updated: number;
  skipped: number;
  created: number;
}

interface Work {
  job: ImportJob;
  type: DataType;
  plan: FieldPlan;
}

interface ApplyRequest extends Work {
  groups: readonly RowGroup[];
  /** Added to. */
  counted: ApplyCounts;
}

interface WriteRequest extends ApplyRequest {
  /** Of {@link LoadRequest}. */
  confirm: () => void;
}

const GROUPS = 1_000;

/** Writes a batch of groups; doing it again changes nothing. */
export async function applyGroups(db: Db, request: WriteRequest): Promise<void> {
  const { job, type, groups, counted, confirm } = request;
  const collection = db.collection<StoredDocument>(type.className);
  const stored = await matchStored(db, request, groups);
  confirm();
  const customers = await ensureCustomers(db, job, customerIds(type, groups));
  const inserts: { group: RowGroup; operation: AnyBulkWriteOperation<StoredDocument> }[] = [];
  const updates: RowGroup[] = [];
  for (const group of groups) {
    const existing = stored.get(group);
    count(request, group, existing);
    if (existing && job.options.mode !== 'insert') {
      if (!isOwn(job, existing)) updates.push(group);
    } else if (job.options.mode !== 'update') {
      inserts.push({ group, operation: insertOf(request, group, customers) });
    }
  }
  await markOldDays(request, [...stored.values()]);
  confirm();
  await updateStored(db, request, { groups: updates, stored, customers });
  confirm();
  const taken = await writeIgnoringDuplicates(
    collection,
    inserts.map(({ operation }) => operation),
  );
  await refuseTaken(
    db,
    request,
    taken.map((index) => inserts[index]!.group),
  );
  counted.created += inserts.length - taken.length;
}

/** What a dry run would do. */
export async function countGroups(db: Db, work: Work): Promise<ApplyCounts> {
  const counted: ApplyCounts = { inserted: 0, updated: 0, skipped: 0, created: 0 };
  for await (const groups of inBatches(stagedGroups(db, work.job.job_id), GROUPS)) {
    const request = { ...work, groups, counted };
    const stored = await matchStored(db, work, groups);
    for (const group of groups) count(request, group, stored.get(group));
  }
  return counted;
}

function count({ job, type, counted }: ApplyRequest, { rows }: RowGroup, existing: StoredDocument | undefined): void {
  const { mode } = job.options;
  const isNew = !existing || isOwn(job, existing);
  if (mode === 'update') {
    if (existing) counted.updated += rows.length;
    else counted.skipped += rows.length;
  } else if (!isNew && mode === 'upsert') {
    counted.updated += rows.length;
  } else {
    // Further rows of a new key update what the first would have inserted, unless they are items of one order.
    const first = type.isGrouped ? rows.length : 1;
    counted.inserted += first;
    counted.updated += rows.length - first;
  }
}

/** Made by an earlier try of this import. */
function isOwn(job: ImportJob, existing: StoredDocument): boolean {
  return existing._id.startsWith(job.id_prefix);
}

function customerIds(type: DataType, groups: readonly RowGroup[]): Set<string> {
  const ids = new Set<string>();
  for (const group of groups) {
    const id = customerOf(type, group);
    if (id !== null) ids.add(id);
  }
  return ids;
}

function customerOf(type: DataType, { rows }: RowGroup): string | null {
  for (const row of type.isGrouped ? rows : rows.slice(-1)) {
    const id = stagedValue(type, row, 'customer_id');
    if (id !== null) return String(id);
  }
  return null;
}

/** Pointers in Parse's own form. */
function pointers(type: DataType, group: RowGroup, customers: ReadonlyMap<string, string>): StoredField[] {
  const fields: StoredField[] = [];
  const customer = customers.get(customerOf(type, group) ?? '');
  if (customer !== undefined) fields.push({ name: '_p_customer', value: `Customer$${customer}`, from: 'customer_id' });
  const user = stagedValue(type, group.rows.at(-1)!, 'user_id');
  if (user !== null) fields.push({ name: '_p_user', value: `_User$${user}`, from: 'user_id' });
  return fields;
}

interface Update {
  groups: readonly RowGroup[];
  stored: ReadonlyMap<RowGroup, StoredDocument>;
  customers: ReadonlyMap<string, string>;
}

/** Lines are added to what an order holds, and versions to those of a subscription: where it has changed since it was read, once more. */
async function updateStored(db: Db, request: WriteRequest, { groups, stored, customers }: Update): Promise<void> {
  if (!groups.length) return;
  const { type } = request;
  const orders = type.isGrouped ? await storedOrders(db, [...stored.values()]) : undefined;
  const refused: RowError[] = [];
  const updates: AnyBulkWriteOperation<StoredDocument>[] = [];
  for (const group of groups) {
    const existing = stored.get(group)!;
    const fields = orders ? orderFields(request, group, orders.get(existing._id)) : rowFields(request, group, existing);
    if (Array.isArray(fields)) updates.push(updateOf(request, { group, existing, customers, fields }));
    else refused.push(...fields.errors);
  }
  request.counted.updated -= new Set(refused.map(({ row }) => row)).size;
  await refuseRows(db, request.job.job_id, refused);
  if (!updates.length) return;
  request.confirm();
  const { matchedCount } = await db.collection<StoredDocument>(type.className).bulkWrite(updates, { ordered: false });
  if (!buildsOnStored(request) || matchedCount === updates.length) return;
  const left = groups.filter((group) => !group.rows.some(({ row }) => refused.some((error) => error.row === row)));
  const again = await matchStored(db, request, left);
  const found = left.filter((group) => again.has(group));
  await updateStored(db, request, { groups: found, stored: again, customers });
}

function orderFields(
  request: Work,
  group: RowGroup,
  stored?: StoredOrder,
): StoredField[] | { errors: readonly RowError[] } {
  const result = resolveGroup(request, group, stored);
  return 'fields' in result ? purchaseFields(result.fields, group.match) : result;
}

/** Of the last row that the fact's rules take. */
function rowFields(
  { type, plan }: Work,
  { rows }: RowGroup,
  existing?: StoredDocument,
): StoredField[] | { errors: readonly RowError[] } {
  if (!meetsStored(plan)) return storedFields(type, rows.at(-1)!);
  const { row, errors } = settleRows(plan, rows, existing && storedValues(type, existing));
  return row ? storedFields(type, row) : { errors };
}

/** Of a new row. That it is one, and that an order can be put together, the checks have seen. */
function newFields(request: Work, group: RowGroup): StoredField[] {
  const fields = request.type.isGrouped ? orderFields(request, group) : rowFields(request, group);
  if (Array.isArray(fields)) return fields;
  throw new Error(`Row ${group.match} was refused after it was checked: ${fields.errors[0]?.message}`);
}

function insertOf(
  request: ApplyRequest,
  group: RowGroup,
  customers: ReadonlyMap<string, string>,
): AnyBulkWriteOperation<StoredDocument> {
  const { job, type } = request;
  const { read, write } = tenantPermissions(job.tenantId);
  const now = new Date();
  const fields: Document = {
    _created_at: now,
    _updated_at: now,
    _rperm: read,
    _wperm: write,
    _p_tenant: `Tenant$${job.tenantId}`,
    import_id: job.job_id,
    ...(group.match !== undefined && type.idField ? { unique_key: `${job.tenantId}:${group.match}` } : {}),
  };
  for (const { name, value } of [...newFields(request, group), ...pointers(type, group, customers)])
    fields[name] = value;
  const id = rowId(job.id_prefix, group.rows[0]!.row);
  const events = eventTexts(request, id, { after: fields, before: undefined });
  if (events.length) fields[PENDING] = events;
  // An upsert instead of an insert: the row of an earlier try stays as it is, without an error.
  return {
    updateOne: {
      filter: { _id: id },
      update: { $setOnInsert: fields as Partial<StoredDocument> },
      upsert: true,
    },
  };
}

function updateOf(
  { job, type, plan }: ApplyRequest,
  {
    group,
    existing,
    customers,
    fields,
  }: { group: RowGroup; existing: StoredDocument; customers: ReadonlyMap<string, string>; fields: StoredField[] },
): AnyBulkWriteOperation<StoredDocument> {
  const set: Document = { _updated_at: new Date(), import_id: job.job_id };
  // The rules may have taken away what is stored.
  const unset = Object.fromEntries(settledNames(type).map((name) => [name, '']));
  for (const { name, value, from } of [...fields, ...pointers(type, group, customers)]) {
    // Of an order everything is given as it shall be, or not at all.
    const isWritten = type.isGrouped ? from !== '' : name in unset || isProvided(plan, from);
    if (!isWritten) continue;
    delete unset[name];
    set[name] = value;
  }
  const events = eventTexts({ job, type }, existing._id, {
    after: { ...existing, ...Object.fromEntries(Object.keys(unset).map((name) => [name, undefined])), ...set },
    before: existing,
  });
  const asRead = buildsOnStored({ job, plan }) ? { _updated_at: existing['_updated_at'] as Date } : {};
  // Of the classes only Customer can be erased.
  return {
    updateOne: {
      filter: { _id: existing._id, erased_at: null, ...asRead },
      update: {
        $set: set as Partial<StoredDocument>,
        ...(Object.keys(unset).length ? { $unset: unset } : {}),
        ...(events.length ? { $push: { [PENDING]: { $each: events } } as Document } : {}),
      },
    },
  };
}

const settledNames = ({ columns }: DataType): string[] =>
  columns.flatMap(({ stored, isSettled }) => (stored && isSettled ? [stored] : []));

/** Of updates. Events, too, tell what has become of what. */
function buildsOnStored({ job, plan }: Pick<Work, 'job' | 'plan'>): boolean {
  return plan.type.isGrouped === true || meetsStored(plan) || stepsOf(job, plan.type) !== undefined;
}

/** What a row carries in the write that changes it: done again, it is no change, and no event. */
function eventTexts(
  { job, type }: Pick<Work, 'job' | 'type'>,
  objectId: string,
  { after, before }: { after: Document; before: Document | undefined },
): string[] {
  const drafts = stepsOf(job, type)?.(objectId, eventValues(type, after), before && eventValues(type, before)) ?? [];
  return pendingTexts(drafts, { className: type.className, objectId, tenant: job.tenantId });
}

async function markOldDays({ job, type }: ApplyRequest, existing: readonly StoredDocument[]): Promise<void> {
  const column = figureDateOf(type);
  if (!column || !existing.length) return;
  await markInstants(
    job.tenantId,
    existing.map((document) => document[column] as unknown),
  );
}

/** Another writer took the keys after the check. */
async function refuseTaken(
  db: Db,
  { job, type, plan, counted }: ApplyRequest,
  groups: readonly RowGroup[],
): Promise<void> {
  const errors: RowError[] = [];
  for (const { rows } of groups) {
    counted.inserted -= type.isGrouped ? rows.length : 1;
    errors.push(...rows.map((row) => duplicate(plan, type, row, 'A row with this key is stored already.')));
  }
  await refuseRows(db, job.job_id, errors);
}
