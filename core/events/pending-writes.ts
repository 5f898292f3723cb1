import { AsyncLocalStorage } from 'node:async_hooks';
import type { PendingEvent } from './entry';

/** A column that Parse's schema does not know: nobody reads it, sorts by it or sets it from outside. */
export const PENDING = 'pending_events';

interface PendingWrite {
  className: string;
  entries: readonly PendingEvent[];
}

const silence = new AsyncLocalStorage<true>();

/** What `run` saves and deletes through Parse is no event. For changes that are told of otherwise, or not at all. */
export function withoutEvents<T>(run: () => T): T {
  return silence.run(true, run);
}

export function isSilent(): boolean {
  return silence.getStore() === true;
}

const writing = new AsyncLocalStorage<PendingWrite>();

/** What `run` writes to the class carries the events. */
export function withPending<T>(write: PendingWrite, run: () => T): T {
  return writing.run(write, run);
}

/** What the write of a row of this class is to carry, as the column holds it. */
export function pendingOf(className: string): string[] {
  const write = writing.getStore();
  return write?.className === className ? write.entries.map((entry) => JSON.stringify(entry)) : [];
}
