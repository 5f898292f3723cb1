import Parse from 'parse/node';
import { AppError } from '../errors';
import { contextOf, type ParseCaller } from './trigger-context';

/** Classes that clients may subscribe to: none with protected fields (Parse Server 9.10 leaks them). */
export const LIVE_QUERY_CLASSES: readonly string[] = ['DataJob'];

interface LiveQueryEvent extends ParseCaller {
  useMasterKey?: boolean;
  /** Set to false, the event is dropped for this subscriber. */
  sendEvent: boolean;
}

/**
 * LiveQuery itself keeps what it knows of a session for up to ten seconds. Whoever signed out or
 * was suspended hears nothing more, as soon as on every other door.
 */
export function guardLiveQuery(): void {
  const cloud = Parse.Cloud as unknown as {
    afterLiveQueryEvent(className: string, handler: (event: LiveQueryEvent) => Promise<void>): void;
  };
  for (const className of LIVE_QUERY_CLASSES) cloud.afterLiveQueryEvent(className, dropForStrangers);
}

async function dropForStrangers(event: LiveQueryEvent): Promise<void> {
  if (event.useMasterKey) return;
  try {
    const { actor } = await contextOf(event, 'trigger');
    event.sendEvent &&= actor.kind === 'user';
  } catch (error) {
    event.sendEvent = false;
    if (!(error instanceof AppError)) throw error;
  }
}
