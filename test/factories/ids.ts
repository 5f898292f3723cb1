import { randomBytes } from 'node:crypto';

/** Letters and digits that no other test has, fit for slugs, mailboxes and ids. */
export function uniqueName(prefix = 't'): string {
  return `${prefix}${randomBytes(6).toString('hex')}`;
}

export function uniqueEmail(): string {
  return `${uniqueName('p')}@example.com`;
}
