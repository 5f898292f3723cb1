import { actorName, type Ctx } from './context';
import { database } from './database/database';
import { newObjectId } from './ids';
import { logPermissions } from './schema/acl';
import type { ClassDefinition } from './schema/class-definition';

/** Who did what, when, from where. Rows are added by the server and never changed by anybody. */
export const auditClass: ClassDefinition = {
  className: 'AuditLog',
  fields: {
    actor: { type: 'String' },
    action: { type: 'String' },
    object_class: { type: 'String' },
    object_id: { type: 'String' },
    outcome: { type: 'String' },
    door: { type: 'String' },
    ip: { type: 'String' },
    request_id: { type: 'String' },
    /** Which fields changed, or what the request asked for. */
    details: { type: 'Object' },
    /** Of a changed row: the values that are neither personal nor secret. */
    before: { type: 'Object' },
    after: { type: 'Object' },
    at: { type: 'Date' },
  },
  indexes: [{ fields: ['actor', 'at'] }, { fields: ['object_class', 'object_id'] }],
  access: 'log',
  tenant: true,
};

/** Below the SDK and the master key: the database itself refuses to change a written row. */
export const APPEND_ONLY_SQL: readonly string[] = [
  `create or replace function app.refuse_change() returns trigger language plpgsql as $$
   begin raise exception 'AuditLog is append-only'; end $$`,
  `drop trigger if exists audit_append_only on "AuditLog"`,
  `create trigger audit_append_only before update or delete on "AuditLog" for each row execute function app.refuse_change()`,
  `drop trigger if exists audit_no_truncate on "AuditLog"`,
  `create trigger audit_no_truncate before truncate on "AuditLog" for each statement execute function app.refuse_change()`,
];

/** A customer's own id is not among them: it may be personal, and the log outlives an erasure. */
const ID_FIELDS = ['user_id', 'job_id', 'webhook_id', 'delivery_id', 'id'] as const;
/** Values that tell what was done without being personal or secret; everything else stays out. */
const RECORDED_FIELDS = ['status', 'type', 'roles', 'data_type', 'format', 'mode', 'dry_run', 'all', 'tenant'] as const;

/** Of rows that were changed straight through Parse, whatever their class; beside them a class names its own. */
const RECORDED_VALUES = ['status', 'type', 'role', 'tenant', 'user', 'slug', 'rate_limit', 'ACL'] as const;

export type ChangeKind = 'create' | 'update' | 'delete';

export interface RowChange {
  kind: ChangeKind;
  className: string;
  objectId: string;
  tenantId: string | undefined;
  /** Names of the fields whose values differ. */
  fields: readonly string[];
  /** Whole rows; only what is neither personal nor secret is stored of them. */
  before?: Readonly<Record<string, unknown>>;
  after?: Readonly<Record<string, unknown>>;
  /** Fields of the class whose values are recorded as well. */
  auditedFields?: readonly string[];
}

/** Records a row's change that came straight through Parse, action `update Purchase` and the like. */
export async function recordChange(ctx: Ctx, change: RowChange): Promise<void> {
  const { kind, className, objectId, tenantId, fields, before, after, auditedFields = [] } = change;
  const recorded = [...RECORDED_VALUES, ...auditedFields];
  const row: AuditRow = {
    ...caller(ctx),
    action: `${kind} ${className}`,
    object_class: className,
    object_id: objectId,
    outcome: 'ok',
    details: fields.length ? { fields } : {},
    before: before ? pick(before, recorded) : null,
    after: after ? pick(after, recorded) : null,
  };
  await insert(row, tenantId, ctx.clock.now());
}

/** Records a call of an operation. @param outcome `ok` or the error's code */
export async function recordAudit(ctx: Ctx, action: string, input: unknown, outcome: string): Promise<void> {
  const fields = (typeof input === 'object' && input !== null ? input : {}) as Record<string, unknown>;
  const objectId = ID_FIELDS.map((name) => fields[name]).find((value) => typeof value === 'string');
  const row: AuditRow = {
    ...caller(ctx),
    action,
    object_class: null,
    object_id: objectId?.replaceAll('\0', '').slice(0, 200) ?? null,
    outcome,
    details: pick(fields, RECORDED_FIELDS),
    before: null,
    after: null,
  };
  await insert(row, ctx.tenantId, ctx.clock.now());
}

interface AuditRow {
  actor: string;
  action: string;
  object_class: string | null;
  object_id: string | null;
  outcome: string;
  door: string;
  ip: string;
  request_id: string;
  details: Record<string, unknown>;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

function caller(ctx: Ctx): Pick<AuditRow, 'actor' | 'door' | 'ip' | 'request_id'> {
  const { actor } = ctx;
  return { actor: actorName(actor), door: ctx.door, ip: ctx.ip, request_id: ctx.requestId };
}

function pick(values: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => values[name] !== undefined).map((name) => [name, values[name]]));
}

async function insert(row: AuditRow, tenantId: string | undefined, at: Date): Promise<void> {
  const permissions = logPermissions();
  const db = database();
  if (db.kind === 'postgres') {
    const { details, before, after, ...texts } = row;
    const values = {
      ...texts,
      objectId: newObjectId(),
      createdAt: at,
      updatedAt: at,
      at,
      _rperm: permissions.read,
      _wperm: permissions.write,
      tenant: tenantId ?? null,
      details: JSON.stringify(details),
      before: before && JSON.stringify(before),
      after: after && JSON.stringify(after),
    };
    const columns = Object.keys(values);
    await db.pool.query(
      `insert into "AuditLog" (${columns.map((name) => `"${name}"`).join(', ')})
       values (${columns.map((_name, index) => `$${index + 1}`).join(', ')})`,
      Object.values(values),
    );
    return;
  }
  await db.db.collection<{ _id: string }>('AuditLog').insertOne({
    _id: newObjectId(),
    _created_at: at,
    _updated_at: at,
    at,
    _rperm: permissions.read,
    _wperm: permissions.write,
    ...(tenantId ? { _p_tenant: `Tenant$${tenantId}` } : {}),
    ...row,
  } as never);
}
