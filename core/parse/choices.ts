import type Parse from 'parse/node';
import { invalidField } from '../operation/issues';
import type { ClassDefinition } from '../schema/class-definition';

/**
 * Fields with a closed set of values hold one of them, or nothing; how it was written does not matter, as in files.
 * @throws AppError VALIDATION_ERROR that names the values
 */
export function guardChoices({ fields }: ClassDefinition, object: Parse.Object, changed: readonly string[]): void {
  for (const name of changed) {
    const field = fields[name];
    const choices = field && 'choices' in field ? field.choices : undefined;
    const value: unknown = object.get(name) ?? undefined;
    if (!choices || value === undefined || choices.includes(value as string)) continue;
    const written = typeof value === 'string' ? value.trim().toLowerCase() : undefined;
    if (written !== undefined && choices.includes(written)) {
      object.set(name, written);
      continue;
    }
    throw invalidField(name, 'not_allowed', `must be one of ${choices.join(', ')}`);
  }
}
