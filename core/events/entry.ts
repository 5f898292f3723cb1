import { isInCalendar } from '../../values/instant';
import { AppError } from '../errors';
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

/** Of what both databases take, also as a key of an index, and of what due rows take. */
const LONGEST = { tenant: 64, name: 128, id: 256, request: 200 };

/**
 * Whatever passes here can be recorded: a row that carries what cannot would keep all others of its class waiting.
 * @throws AppError VALIDATION_ERROR for what the type does not allow
 */
export function pendingEvent(draft: EventDraft, { subject, tenant, requestId, now }: Cause): PendingEvent {
  const { type, occurredAt = now, person } = draft;
  if (!isInCalendar(occurredAt)) throw new AppError('VALIDATION_ERROR', `${type}: occurredAt: is no time.`);
  return {
    id: newEventId(now.getTime()),
    tenant: plain(type, 'tenant', tenant),
    type,
    class: plain(type, 'name', subject.className),
    subject: plain(type, 'id', subject.id),
    at: occurredAt.toISOString(),
    payload: payloadText(draft),
    // A client's own words: they refuse no change.
    request: requestId.slice(0, LONGEST.request).replace(UNFIT, ''),
    ...(person ? { population: person.population, person: plain(type, 'id', person.id) } : {}),
  };
}

/** NUL, and halves of characters: PostgreSQL's JSON takes neither. */
const UNFIT = /[\0\p{Surrogate}]/gu;

function plain(type: string, part: keyof typeof LONGEST, text: string): string {
  if (typeof text === 'string' && text.length <= LONGEST[part] && text.search(UNFIT) < 0) return text;
  throw new AppError('VALIDATION_ERROR', `${type}: ${part}: must be a text of up to ${LONGEST[part]} characters.`);
}
