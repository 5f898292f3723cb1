import type { Ctx } from './context';
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
    details: { type: 'Object' },
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
const ID_FIELDS = ['user_id', 'job_id', 'id'] as const;
/** Values that tell what was done without being personal or secret; everything else stays out. */
const RECORDED_FIELDS = ['status', 'type', 'roles', 'data_type', 'format', 'mode', 'dry_run', 'all', 'tenant'] as const;

export async function recordAudit(ctx: Ctx, action: string, input: unknown, outcome: string): Promise<void> {
  const fields = (typeof input === 'object' && input !== null ? input : {}) as Record<string, unknown>;
  const objectId = ID_FIELDS.map((name) => fields[name]).find((value) => typeof value === 'string');
  const details = Object.fromEntries(
    RECORDED_FIELDS.filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]]),
  );
  const row = {
    actor:
      ctx.actor.kind === 'user'
        ? ctx.actor.userId
        : ctx.actor.kind === 'system'
          ? `system:${ctx.actor.name}`
          : ctx.actor.kind,
    action,
    object_id: objectId?.replaceAll('\0', '').slice(0, 200) ?? null,
    outcome,
    door: ctx.door,
    ip: ctx.ip,
    request_id: ctx.requestId,
    details,
  };
  await insert(row, ctx.tenantId, ctx.clock.now());
}

async function insert(row: Record<string, unknown>, tenantId: string | undefined, at: Date): Promise<void> {
  const permissions = logPermissions();
  const db = database();
  if (db.kind === 'postgres') {
    await db.pool.query(
      `insert into "AuditLog" ("objectId", "createdAt", "updatedAt", at, _rperm, _wperm, tenant, actor, action, object_id, outcome, door, ip, request_id, details)
       values ($1, $2, $2, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
      [
        newObjectId(),
        at,
        permissions.read,
        permissions.write,
        tenantId ?? null,
        row.actor,
        row.action,
        row.object_id,
        row.outcome,
        row.door,
        row.ip,
        row.request_id,
        JSON.stringify(row.details),
      ],
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
