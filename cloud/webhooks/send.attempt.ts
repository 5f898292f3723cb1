import { signStandard } from '../../core/standard-webhooks';
import type { AttemptChange } from './attempt.store';
import type { DeliveryRow } from './delivery.store';
import type { Sendable } from './send.batch';
import type { SendAnswer } from './send.client';
import { nextTry } from './send.plan';

const USER_AGENT = 'AppBackend-Webhooks/1';
const GONE = 410;

/** What a request carries beside its body; no secret among it, so that the log may keep it. */
export function headersOf({ eventId, body, secrets }: Sendable, at: Date): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  return {
    'content-type': 'application/json',
    'user-agent': USER_AGENT,
    // What is packed would have to be unpacked to be shown.
    'accept-encoding': 'identity',
    ...signStandard({ id: eventId, timestamp, body }, secrets),
  };
}

export const isSuccess = ({ status }: SendAnswer): boolean => status !== null && status >= 200 && status < 300;
export const isGone = ({ status }: SendAnswer): boolean => status === GONE;

/** The row after a try that ended at `at`. */
export function afterTry(
  delivery: DeliveryRow,
  { headers, answer, at }: { headers: Record<string, string>; answer: SendAnswer; at: Date },
): AttemptChange {
  const attempts = delivery.attempts + 1;
  const isDelivered = isSuccess(answer);
  const next = isDelivered || isGone(answer) ? undefined : nextTry(attempts, at, { retryAfter: answer.retryAfter });
  return {
    objectId: delivery.objectId,
    status: isDelivered ? 'delivered' : next ? 'failed' : 'exhausted',
    attempts,
    request_headers: headers,
    response_status: answer.status,
    response_body: answer.body,
    duration_ms: answer.durationMs,
    last_error: isDelivered ? null : errorOf(answer),
    next_attempt_at: next ?? null,
    delivered_at: isDelivered ? at : null,
    updatedAt: at,
  };
}

/** The row of a delivery that is over without another try; what its last one said stays. */
export function withoutTry(
  delivery: DeliveryRow,
  status: 'cancelled' | 'exhausted',
  { reason, at }: { reason: { code: string; message: string }; at: Date },
): AttemptChange {
  const { objectId, attempts, request_headers, response_status, response_body, duration_ms } = delivery;
  const kept = { objectId, attempts, request_headers, response_status, response_body, duration_ms };
  return { ...kept, status, last_error: reason, next_attempt_at: null, delivered_at: null, updatedAt: at };
}

function errorOf({ status, fault }: SendAnswer): { code: string; message: string } {
  if (fault) return fault;
  if (status === GONE) return { code: 'GONE', message: 'The receiver answered 410: it wants nothing more.' };
  const isRedirect = status !== null && status >= 300 && status < 400;
  const hint = isRedirect ? '; redirects are not followed' : '';
  return { code: 'STATUS', message: `The receiver answered ${status}${hint}.` };
}
