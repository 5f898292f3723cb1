import type { DomainEvent } from '../../core/events/event.types';

/** Standard Webhooks asks for less than 20 kB. */
const MAX_BODY_BYTES = 20_000;
const IS_ID = /(?:^|_)ids?$/;

/**
 * What receivers get of an event: the same bytes at every try and every look at the log. A payload that is too large
 * is left out but for its ids; `GET /api/events/{id}` has the rest.
 */
export function renderBody(event: DomainEvent): string {
  const { payload } = event;
  const whole = bodyOf(event, payload);
  if (isFit(whole)) return whole;
  const ids = bodyOf(event, Object.fromEntries(Object.entries(payload).filter(([name]) => IS_ID.test(name))));
  return isFit(ids) ? ids : bodyOf(event, {});
}

function bodyOf({ type, occurredAt }: DomainEvent, data: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ type, timestamp: occurredAt.toISOString(), data });
}

const isFit = (body: string): boolean => Buffer.byteLength(body) < MAX_BODY_BYTES;
