import type { AnyBulkWriteOperation, Db, Document } from 'mongodb';
import { tenantPermissions } from '../../../../core/schema/acl';
import { markInstants } from '../../../analytics/analytics.service';
import type { JobRow } from '../../job/job-row';
import type { DataType } from '../../plan/data-type';
import type { FieldPlan } from '../../plan/mapping';
import type { RowError } from '../../plan/row-error';
import { figureDateOf } from '../figure-days';
import { rowId } from '../row-ids';
import { stagedValue } from '../staged-row';
import { storedFields, type StoredField } from '../stored-fields';
import { writeIgnoringDuplicates } from './bulk';
import { duplicate } from './checks';
import { ensureCustomers } from './customers';
import { acceptedGroups, inBatches, refuseRows, type RowGroup } from './stage';
import { appendVersion } from './versions';

/** Input rows by what became of them, and new rows of the class. */
export interface ApplyCounts {
  inserted: number;
  updated: number;
  skipped: number;
  created: number;
}

interface Work {
  job: JobRow;
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

interface StoredDocument extends Document {
  _id: string;
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
  const updates: AnyBulkWriteOperation<StoredDocument>[] = [];
  for (const group of groups) {
    const existing = stored.get(group);
    count(request, group, existing);
    if (existing && job.options.mode !== 'insert') {
      if (!isOwn(job, existing)) updates.push(updateOf(request, { group, existing, customers }));
    } else if (job.options.mode !== 'update') {
      inserts.push({ group, operation: insertOf(request, group, customers) });
    }
  }
  await markOldDays(request, [...stored.values()]);
  confirm();
  if (updates.length) await collection.bulkWrite(updates, { ordered: false });
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
  for await (const groups of inBatches(acceptedGroups(db, work.job.job_id), GROUPS)) {
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
function isOwn(job: JobRow, existing: StoredDocument): boolean {
  return existing._id.startsWith(job.id_prefix);
}

async function matchStored(
  db: Db,
  { job, type }: Pick<ApplyRequest, 'job' | 'type'>,
  groups: readonly RowGroup[],
): Promise<Map<RowGroup, StoredDocument>> {
  const matched = new Map<RowGroup, StoredDocument>();
  if (job.options.mode === 'insert') return matched;
  const collection = db.collection<StoredDocument>(type.className);
  if (!type.idField) {
    for (const group of groups) {
      const found = await collection.findOne(keyFilter(job, type, group), { sort: { _id: 1 } });
      if (found) matched.set(group, found);
    }
    return matched;
  }
  const keyed = new Map(groups.map((group) => [`${job.tenantId}:${group.match}`, group]));
  for await (const document of collection.find({ unique_key: { $in: [...keyed.keys()] } })) {
    const group = keyed.get(String(document.unique_key));
    if (group) matched.set(group, document);
  }
  return matched;
}

function keyFilter(job: JobRow, type: DataType, group: RowGroup): Document {
  const filter: Document = { _p_tenant: `Tenant$${job.tenantId}` };
  const last = group.rows.at(-1)!;
  for (const field of job.options.key) {
    const value = stagedValue(type, last, field);
    filter[field] = field === 'date' ? new Date(Number(value)) : value;
  }
  return filter;
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

function insertOf(
  { job, type }: ApplyRequest,
  group: RowGroup,
  customers: ReadonlyMap<string, string>,
): AnyBulkWriteOperation<StoredDocument> {
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
  for (const { name, value } of [...storedFields(type, group.rows), ...pointers(type, group, customers)])
    fields[name] = value;
  // An upsert instead of an insert: the row of an earlier try stays as it is, without an error.
  return {
    updateOne: {
      filter: { _id: rowId(job.id_prefix, group.rows[0]!.row) },
      update: { $setOnInsert: fields as Partial<StoredDocument> },
      upsert: true,
    },
  };
}

function updateOf(
  { job, type, plan }: ApplyRequest,
  { group, existing, customers }: { group: RowGroup; existing: StoredDocument; customers: ReadonlyMap<string, string> },
): AnyBulkWriteOperation<StoredDocument> {
  const set: Document = { _updated_at: new Date(), import_id: job.job_id };
  for (const { name, value, from } of [...storedFields(type, group.rows), ...pointers(type, group, customers)]) {
    if (isProvided(plan, from))
      set[name] = name === 'versions' ? appendVersion(existing.versions, value, job.createdAt) : value;
  }
  return { updateOne: { filter: { _id: existing._id }, update: { $set: set as Partial<StoredDocument> } } };
}

function isProvided(plan: FieldPlan, field: string): boolean {
  if (plan.provided.has(field)) return true;
  return field === 'amount' && plan.provided.has('quantity') && plan.provided.has('unit_price');
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
