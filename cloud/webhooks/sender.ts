import { config } from '../../core/config';
import { findEvent } from '../../core/events/event.store';
import { callOut } from '../../core/http';
import { PostponeError } from '../../core/queue/outcomes';
import { signStandard } from '../../core/standard-webhooks';
import { renderBody } from './body';
import { deliveryRows, findDelivery } from './delivery.store';
import { findEndpoint } from './endpoint.store';
import { secretsOf } from './secrets.store';

const DEADLINE_MS = 15_000;
const RETRY_MS = 5_000;

export async function sendDelivery(id: string, now: Date, signal: AbortSignal): Promise<void> {
  const delivery = await findDelivery(id);
  if (!delivery || !['pending', 'failed'].includes(delivery.status)) return;
  const [endpoint, event] = await Promise.all([findEndpoint(delivery.endpoint), findEvent(delivery.event_id)]);
  if (!endpoint?.active || !event) {
    await deliveryRows.update({ objectId: id }, { status: 'cancelled', next_attempt_at: null, updatedAt: now });
    return;
  }
  const body = renderBody(event);
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const signed = signStandard({ id: event.id, timestamp, body }, await secretsOf(endpoint.objectId, now));
  const headers = { 'content-type': 'application/json', ...signed };
  const attempts = delivery.attempts + 1;
  const status = await callOut({
    url: endpoint.url,
    method: 'POST',
    headers,
    body,
    deadlineMs: DEADLINE_MS,
    allowLoopback: config().outgoingLoopback,
    signal,
  }).then(
    (answer) => answer.status,
    () => null,
  );
  const attempt = { attempts, request_headers: headers, response_status: status, updatedAt: now };
  if (status !== null && status >= 200 && status < 300) {
    const change = { ...attempt, status: 'delivered', delivered_at: now, next_attempt_at: null } as const;
    await deliveryRows.update({ objectId: id }, change);
    return;
  }
  const until = new Date(now.getTime() + RETRY_MS);
  await deliveryRows.update({ objectId: id }, { ...attempt, status: 'failed', next_attempt_at: until });
  throw new PostponeError(until);
}
