import type { FieldPlan } from '../convert/mapping';

/** Whether the rows bring a field, or one that it is made of: `update` touches no other. */
export function isProvided({ provided, type }: FieldPlan, field: string): boolean {
  const isAmount = type.fields.find(({ name }) => name === field)?.kind === 'amount';
  return provided.has(field) || (isAmount && provided.has('currency'));
}
