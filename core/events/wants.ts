import type { Consumer, DomainEvent } from './event.types';
import { withinLimit } from './time-limit';

/** Dispatching waits for it, in a transaction that may not stand still for long. */
const LIMIT_MS = 2000;

/** Those of the events that the consumer wants, in their order. @throws what its filter throws, and when it takes long */
export async function wantedOf(
  { wants }: Pick<Consumer, 'wants'>,
  events: readonly DomainEvent[],
): Promise<readonly DomainEvent[]> {
  if (!wants || !events.length) return events;
  const wanted = await withinLimit({ ms: LIMIT_MS, what: 'The filter of a consumer' }, () => wants(events));
  const ids = new Set(wanted.map(({ id }) => id));
  return events.filter(({ id }) => ids.has(id));
}
