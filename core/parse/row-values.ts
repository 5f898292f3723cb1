import { AppError } from '../errors';
import type { FieldDefinition } from '../schema/class-definition';
import { guardAcl } from './typed-values';

type Fields = Readonly<Record<string, unknown>>;

/** The one type of column that each operation on a field works on. */
const COLUMN_OF: Readonly<Record<string, FieldDefinition['type']>> = {
  Increment: 'Number',
  Add: 'Array',
  AddUnique: 'Array',
  Remove: 'Array',
};

/**
 * A row as the REST door takes it, before Parse Server, which fails with 500 on these: operations on
 * columns of another type, NUL in a text (PostgreSQL has none), providers named like a method.
 * @throws AppError VALIDATION_ERROR
 */
export function guardRow(columns: Readonly<Record<string, FieldDefinition>> | undefined, fields: Fields): void {
  guardAcl(fields.ACL);
  for (const [name, value] of Object.entries(fields)) {
    const operation = (value as { __op?: unknown } | null)?.__op;
    const wanted = typeof operation === 'string' ? COLUMN_OF[operation] : undefined;
    const column = columns?.[name];
    if (wanted && column && column.type !== wanted) throw invalid(`${name}: ${String(operation)} needs a ${wanted}.`);
    if (holdsNul(value)) throw invalid(`${name}: must not hold NUL.`);
  }
}

/** No deeper than a stack: the depth of a body is limited where it is read. */
function holdsNul(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0');
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, inner]) => name.includes('\0') || holdsNul(inner));
}

/** @throws AppError VALIDATION_ERROR */
export function guardAuthData({ authData }: Fields): void {
  if (typeof authData !== 'object' || authData === null) return;
  for (const name of Object.keys(authData))
    if (name in Object.prototype) throw invalid(`authData: no provider "${name}".`);
}

function invalid(message: string): AppError {
  return new AppError('VALIDATION_ERROR', message);
}
