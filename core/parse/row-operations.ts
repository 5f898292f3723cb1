import Parse from 'parse/node';
import SchemaCache from 'parse-server/lib/Adapters/Cache/SchemaCache';
import RestWrite from 'parse-server/lib/RestWrite';
import { forbidden } from './schema-rules';
import { wrapMethod } from './wrap-method';

/** The one type of column that each operation on a field works on. */
const COLUMN_OF: Readonly<Record<string, string>> = {
  Increment: 'Number',
  Add: 'Array',
  AddUnique: 'Array',
  Remove: 'Array',
  AddRelation: 'Relation',
  RemoveRelation: 'Relation',
};

/**
 * Parse Server 9.10 fails with 500 on an operation on a column of another type, on one on a relation that names no
 * objects, and on a value for a relation, which has no column. Looked at after the failure: who may not write is told
 * that first, and nothing of the columns.
 */
export function nameFailedOperations(): void {
  wrapMethod(
    RestWrite.prototype,
    'execute',
    (original) =>
      async function (this: RestWrite) {
        try {
          return await original.call(this);
        } catch (error) {
          if (error instanceof Parse.Error) throw error;
          throw faultOf(this.className, this.data) ?? error;
        }
      },
  );
}

function faultOf(className: string, data: Record<string, unknown>): Parse.Error | undefined {
  const columns = SchemaCache.get(className)?.fields ?? {};
  for (const [name, value] of Object.entries(data)) {
    const part = partFault(columns, name, value);
    if (part) return part;
    const { __op, objects } = (value ?? {}) as { __op?: unknown; objects?: unknown };
    const type = Object.hasOwn(columns, name) ? columns[name]!.type : undefined;
    const wanted = typeof __op === 'string' ? COLUMN_OF[__op] : undefined;
    if (wanted && type && wanted !== type) return incorrect(`${name}: ${String(__op)} needs a ${wanted}.`);
    const isEmpty = !Array.isArray(objects) || !objects.length;
    if (wanted === 'Relation' && isEmpty) return incorrect(`${name}: ${String(__op)} names no objects.`);
    if (type === 'Relation' && (value === null || __op === 'Delete'))
      return incorrect(`${name}: objects leave a relation by RemoveRelation.`);
  }
  return undefined;
}

/** Parts (`a.b`) are of objects, and are set, incremented or removed; a field that is not there cannot be removed. */
function partFault(
  columns: Readonly<Record<string, { type: string }>>,
  name: string,
  value: unknown,
): Parse.Error | undefined {
  const [root] = name.split('.', 1) as [string];
  const type = Object.hasOwn(columns, root) ? columns[root]!.type : undefined;
  const { __op } = (value ?? {}) as { __op?: unknown };
  if (!type && (value === null || __op === 'Delete')) return forbidden(`There is no field "${root.slice(0, 80)}".`);
  if (root === name) return undefined;
  if (type && type !== 'Object') return incorrect(`${name}: a ${type} has no parts.`);
  const works = [undefined, 'Increment', 'Delete'].includes(__op as string | undefined);
  return works ? undefined : incorrect(`${name}: this operation works on a field, not on its parts.`);
}

const incorrect = (message: string): Parse.Error => new Parse.Error(Parse.Error.INCORRECT_TYPE, message);
