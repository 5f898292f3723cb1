import { newEventId } from '../ids';
import { payloadText } from './types';
import type { EventDraft, EventSubject } from './event.types';

/**
 * An event as it lies in its row until it is recorded: JSON in a text, because a payload's names are not Parse's or
 * MongoDB's to judge. The payload is a text within it, so that PostgreSQL's jsonb need not take every character.
 */
export interface PendingEvent {
  id: string;
  tenant: string;
  type: string;
  class: string;
  subject: string;
  /** ISO. */
  at: string;
  payload: string;
  request: string;
  population?: string;
  person?: string;
}

export interface Cause {
  subject: EventSubject;
  tenant: string;
  requestId: string;
  now: Date;
}

/** @throws AppError VALIDATION_ERROR for what the type does not allow */
export function pendingEvent(draft: EventDraft, { subject, tenant, requestId, now }: Cause): PendingEvent {
  return {
    id: newEventId(now.getTime()),
    tenant,
    type: draft.type,
    class: subject.className,
    subject: subject.id,
    at: (draft.occurredAt ?? now).toISOString(),
    payload: payloadText(draft),
    request: requestId.slice(0, 200),
    ...(draft.person ? { population: draft.person.population, person: draft.person.id } : {}),
  };
}
