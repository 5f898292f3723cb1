import type { Db, Document } from 'mongodb';
import type { ImportJob } from '../import-job';
import type { FieldPlan } from '../../convert/mapping';
import { AmountCounter, decideAmountIs, isAmountOpen, type AmountDecision } from '../orders/amount-is';
import type { ResolvedOrder, StoredOrder } from '../orders/order';
import { resolveOrder } from '../orders/resolve-order';
import { stagedGroups, type RowGroup } from './stage';

/** Whether amounts are those of lines or of orders: for this import, from now on. */
export async function decide(db: Db, job: ImportJob, plan: FieldPlan): Promise<AmountDecision> {
  const counter = new AmountCounter(plan);
  const isOpen = isAmountOpen(plan, job.options);
  if (isOpen) for await (const { match, rows } of stagedGroups(db, job.job_id)) if (match) counter.add(rows);
  const decision = decideAmountIs(plan, job.options, isOpen ? counter.stats : undefined);
  plan.amountIs = decision.used;
  return decision;
}

/** By the rules that both stores share. A purchase without an order id is one line, whose amount is its own. */
export function resolveGroup(
  { job, plan }: { job: ImportJob; plan: FieldPlan },
  { match, rows, refused }: RowGroup,
  stored: StoredOrder | undefined,
): ResolvedOrder {
  const id = match ?? '';
  const { mode } = job.options;
  if (match === undefined) return resolveOrder({ plan: { ...plan, amountIs: 'line' }, mode, id, rows, refused });
  return resolveOrder({ plan, mode, id, rows, refused, stored });
}

/** Purchases as the rules read them, by their objectId. */
export async function storedOrders(db: Db, documents: readonly Document[]): Promise<Map<string, StoredOrder>> {
  const pointers = documents.map((document) => customerOf(document)).filter((id) => id !== undefined);
  const customers = await db
    .collection<{ _id: string; external_id?: string }>('Customer')
    .find({ _id: { $in: pointers } })
    .project<{ _id: string; external_id?: string }>({ external_id: 1 })
    .toArray();
  const names = new Map(customers.map((customer) => [customer._id, customer.external_id]));
  return new Map(
    documents.map((document) => [
      String(document['_id']),
      {
        totalMinor: Number(document['total_minor'] ?? 0),
        currency: String(document['currency']),
        status: String(document['status']),
        items: (document['items'] as unknown[] | undefined) ?? null,
        purchasedAt: (document['purchased_at'] as Date | undefined)?.getTime() ?? null,
        customerId: names.get(customerOf(document) ?? '') ?? null,
      },
    ]),
  );
}

function customerOf(document: Document): string | undefined {
  return (document['_p_customer'] as string | undefined)?.split('$')[1];
}
