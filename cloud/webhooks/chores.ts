import { config } from '../../core/config';
import type { Loop } from '../../core/loop';
import { oldDeliveries, removeDeliveries } from './delivery.store';
import { findEndpoints } from './endpoint.store';
import { endpointsWithSecrets, removeExpiredSecrets, removeSecrets } from './secrets.store';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BATCH = 2_000;

/** What is kept no longer: the log as long as the events, secrets as long as they are good. */
export const webhookChores: Loop = {
  name: 'webhooks.chores',
  role: 'worker',
  firstMs: 60_000,
  everyMs: HOUR_MS,
  run: async (signal) => {
    const now = new Date();
    await trimDeliveries(now, signal);
    await removeExpiredSecrets(now);
    await removeOrphanedSecrets(signal);
  },
};

/** Deliveries that were made before EVENT_RETENTION_DAYS. */
export async function trimDeliveries(now: Date, signal?: AbortSignal): Promise<void> {
  const before = new Date(now.getTime() - config().eventRetentionDays * DAY_MS);
  while (!signal?.aborted) {
    const ids = await oldDeliveries(before, BATCH);
    if (ids.length) await removeDeliveries(ids);
    if (ids.length < BATCH) return;
  }
}

/** Of endpoints whose deletion died before their secrets went. */
async function removeOrphanedSecrets(signal?: AbortSignal): Promise<void> {
  for (let after: string | undefined; !signal?.aborted;) {
    const ids = [...new Set(await endpointsWithSecrets(after, BATCH))];
    if (!ids.length) return;
    const there = new Set((await findEndpoints(ids)).map(({ objectId }) => objectId));
    const gone = ids.filter((id) => !there.has(id));
    if (gone.length) await removeSecrets(gone);
    after = ids.at(-1);
  }
}
