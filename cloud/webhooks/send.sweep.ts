import { lt } from '../../core/database/kit/where';
import type { Loop } from '../../core/loop';
import { deliveryRows, type DeliveryRow } from './delivery.store';
import { putDeliveries, webhookDue } from './send.due';
import { OPEN_STATUSES } from './webhooks.schema';

const PAGE = 1_000;
/** Of a status in one pass; the next one goes on from there. */
const PAGES = 5;
/** Younger ones are about to get their due row. */
const GRACE_MS = 60_000;

type Place = Pick<DeliveryRow, 'createdAt' | 'objectId'>;
const places = new Map<string, Place>();

/** Deliveries whose process died before they had a due row get one: those that have one keep it. */
export const sweepDeliveries: Loop = { name: 'webhooks.sweep', role: 'worker', everyMs: 60_000, run: sweep };

async function sweep(signal: AbortSignal): Promise<void> {
  const before = new Date((await webhookDue.now()).getTime() - GRACE_MS);
  for (const status of OPEN_STATUSES) await sweepStatus(status, { before, signal });
}

async function sweepStatus(
  status: (typeof OPEN_STATUSES)[number],
  { before, signal }: { before: Date; signal: AbortSignal },
): Promise<void> {
  for (let page = 0; page < PAGES && !signal.aborted; page += 1) {
    const where = { status, createdAt: lt(before) };
    const rows = await deliveryRows.page(where, { by: 'createdAt', limit: PAGE, after: places.get(status) });
    await putDeliveries(rows.filter(({ next_attempt_at: at }) => !at || at < before));
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) {
      places.delete(status);
      return;
    }
    places.set(status, { createdAt: last.createdAt, objectId: last.objectId });
  }
}
