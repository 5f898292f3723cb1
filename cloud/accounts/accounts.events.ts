import type Parse from 'parse/node';
import { z } from 'zod';
import { defineEventType, type EventDraft, type EventSource, type SavedChange } from '../../core/events/event.types';

const payload = z.strictObject({ user_id: z.string(), type: z.string().nullable() });
const example = { user_id: 'aB3dE5fG7h', type: 'self' };

export const accountEventTypes = [
  defineEventType({
    name: 'user_signup',
    summary:
      'A person has an account: signed up, was added by an administrator, or gave an anonymous account a password.',
    subject: '_User',
    payload,
    example,
  }),
  defineEventType({
    name: 'user_deleted',
    summary: 'An account was closed, or removed without having been closed before.',
    subject: '_User',
    payload,
    example,
  }),
];

export const accountEvents: EventSource = {
  className: '_User',
  onSave: ({ object, original }: SavedChange) => {
    const drafts: EventDraft[] = [];
    if (isPerson(object) && !(original && isPerson(original))) drafts.push(draftOf('user_signup', object));
    if (original && isPerson(object) && isClosed(object) && !isClosed(original))
      drafts.push(draftOf('user_deleted', object));
    return drafts;
  },
  onDelete: ({ object }) => (isPerson(object) && !isClosed(object) ? [draftOf('user_deleted', object)] : []),
};

const isClosed = (user: Parse.Object): boolean => user.get('status') === 'deleted';

/** Anonymous accounts are devices until they are given a password. */
function isPerson(user: Parse.Object): boolean {
  const { anonymous } = (user.get('authData') ?? {}) as { anonymous?: unknown };
  return !anonymous;
}

function draftOf(type: string, user: Parse.Object): EventDraft {
  return { type, payload: { user_id: user.id!, type: (user.get('type') as string | undefined) ?? null } };
}
