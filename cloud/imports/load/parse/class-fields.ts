import Parse from 'parse/node';
import { AppError } from '../../../../core/errors';
import { classNameOf } from '../../convert/data-types';
import type { ImportOptions } from '../../convert/options';

export interface ClassField {
  type: string;
  targetClass?: string;
}

/** Fields of a class that an import may fill, by name. */
export type ClassFields = ReadonlyMap<string, ClassField>;

/** Set by Parse or by the guards, never from a file. */
const NOT_IMPORTABLE = new Set(['createdAt', 'updatedAt', 'ACL', 'tenant']);

/** @throws AppError NOT_FOUND for a class that does not exist, FORBIDDEN for one of Parse's own */
export async function classFields(options: ImportOptions): Promise<ClassFields> {
  const className = classNameOf(options.dataType) ?? '';
  if (className.startsWith('_')) throw new AppError('FORBIDDEN', 'Classes of Parse itself cannot be imported into.');
  // The schema is readable with the master key only; what the caller may write is decided by each save.
  const schema = await new Parse.Schema(className).get().catch((cause: unknown) => {
    throw new AppError('NOT_FOUND', `No class "${className}".`, { cause });
  });
  const { fields } = schema as unknown as { fields: Record<string, ClassField> };
  return new Map(Object.entries(fields).filter(([name]) => !NOT_IMPORTABLE.has(name)));
}
