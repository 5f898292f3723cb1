import { isDeepStrictEqual } from 'node:util';
import type Parse from 'parse/node';
import { auditClass, recordChange, type ChangeKind } from '../audit';
import type { ClassDefinition } from '../schema/class-definition';
import type { TriggerCall, TriggerRegistry } from '../triggers';

/** Who decides what others may do: their making is recorded as well. A new row of other classes tells of itself. */
const RIGHTS = new Set(['_User', '_Role', 'Tenant', 'TenantMember']);
/** Only before it is saved a row tells that its password changes. */
const NEW_PASSWORD = Symbol('new password');

/**
 * Rows that are changed or removed straight through Parse (SDK, REST, batch, GraphQL, Parse Dashboard) are recorded in
 * the audit log. What an operation changes is recorded by the operation.
 */
export function registerChangeAudit(registry: TriggerRegistry, classes: readonly ClassDefinition[]): void {
  const names = new Set([...RIGHTS, ...classes.map(({ className }) => className)]);
  names.delete(auditClass.className);
  registry.on('_User', 'beforeSave', ({ object, original, context }) => {
    context[NEW_PASSWORD] = original !== undefined && object.dirty('password');
  });
  const audited = new Map(classes.map(({ className, auditedFields = [] }) => [className, auditedFields]));
  for (const name of names) {
    const record = (kind: ChangeKind, call: TriggerCall): Promise<void> => recordRow(kind, call, audited.get(name));
    registry.on(name, 'afterSave', async (call) => {
      if (call.original) await record('update', call);
      else if (RIGHTS.has(name)) await record('create', call);
    });
    registry.on(name, 'afterDelete', (call) => record('delete', call));
  }
}

async function recordRow(
  kind: ChangeKind,
  { ctx, object, original, context }: TriggerCall,
  auditedFields: readonly string[] = [],
): Promise<void> {
  // A request has an address; saves within the server have none.
  if (!ctx.ip) return;
  const [before, after] = [kind === 'create' ? undefined : valuesOf(original ?? object), valuesOf(object)];
  await recordChange(ctx, {
    kind,
    className: object.className,
    objectId: object.id!,
    auditedFields,
    tenantId: object.className === 'Tenant' ? object.id : (object.get('tenant') as Parse.Object | undefined)?.id,
    fields: [
      ...(kind === 'update' ? changedFields(before!, after) : []),
      ...(context[NEW_PASSWORD] === true ? ['password'] : []),
    ],
    ...(before ? { before } : {}),
    ...(kind === 'delete' ? {} : { after }),
  });
}

/** In Parse's JSON form. */
function valuesOf(object: Parse.Object): Record<string, unknown> {
  return object.toJSON();
}

function changedFields(before: Record<string, unknown>, after: Record<string, unknown>): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  keys.delete('updatedAt');
  return [...keys].filter((key) => !isDeepStrictEqual(before[key], after[key])).sort();
}
