import type { FieldPlan } from '../convert/mapping';

/** Whether the rows bring a field: `update` touches no other. */
export function isProvided({ provided }: FieldPlan, field: string): boolean {
  return provided.has(field) || (field === 'amount' && provided.has('quantity') && provided.has('unit_price'));
}
