import { AppError } from '../errors';
import { MAX_PAYLOAD_BYTES, type EventDraft, type EventType } from './event.types';

const NAME = /^[a-z][a-z0-9_]*(?:\.[A-Za-z0-9_.-]+)*$/;
const FAMILY = /^[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*\.\*$/;
/** What a name in a family may be, a customer's own event type for instance. */
const MEMBER = /^[\p{L}\p{N} _.:/-]{1,220}$/u;

const declared = new Map<string, EventType>();

/** Once, at boot. @throws Error for a wrong or taken name, or an example that the schema refuses */
export function collectEventTypes(features: readonly { eventTypes?: readonly EventType[] }[]): void {
  declared.clear();
  for (const type of features.flatMap(({ eventTypes }) => eventTypes ?? [])) declareEventType(type);
}

/** Also for a host application's own. @throws Error as {@link collectEventTypes} */
export function declareEventType(type: EventType): void {
  const { name, payload, example } = type;
  if (!NAME.test(name) && !FAMILY.test(name)) throw new Error(`"${name}" is no name for a type of event.`);
  if (declared.has(name)) throw new Error(`Two types of events are called "${name}".`);
  const checked = payload.safeParse(example);
  if (!checked.success) throw new Error(`The example of "${name}" does not fit its schema: ${checked.error.message}`);
  declared.set(name, type);
}

/** In the order of their declaration. */
export function eventTypes(): readonly EventType[] {
  return [...declared.values()];
}

/** The declaration of a type, or of its family; undefined for what nobody declares. */
export function eventTypeOf(name: string): EventType | undefined {
  const own = declared.get(name);
  if (own) return name.endsWith('.*') ? undefined : own;
  for (let end = name.lastIndexOf('.'); end > 0; end = name.lastIndexOf('.', end - 1)) {
    const family = declared.get(`${name.slice(0, end)}.*`);
    if (family) return MEMBER.test(name.slice(end + 1)) ? family : undefined;
  }
  return undefined;
}

/** Whether one of the patterns names the type: itself, `event.*` for all below, `*` for all. */
export function matchesTypes(patterns: readonly string[], name: string): boolean {
  return patterns.some(
    (pattern) =>
      pattern === '*' || pattern === name || (pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -1))),
  );
}

/** Whether somebody could ever hear of a pattern's events. */
export function isKnownPattern(pattern: string): boolean {
  if (pattern === '*' || eventTypeOf(pattern)) return true;
  if (!pattern.endsWith('.*')) return false;
  return (
    eventTypes().some(({ name }) => name === pattern || name.startsWith(pattern.slice(0, -1))) ||
    eventTypeOf(`${pattern.slice(0, -1)}x`) !== undefined
  );
}

/** The payload as it is stored. @throws AppError VALIDATION_ERROR for what its type does not allow */
export function payloadText({ type, payload }: Pick<EventDraft, 'type' | 'payload'>): string {
  const declaration = eventTypeOf(type);
  if (!declaration) throw new AppError('VALIDATION_ERROR', `There is no type of event "${type.slice(0, 80)}".`);
  const checked = declaration.payload.safeParse(payload);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    throw new AppError(
      'VALIDATION_ERROR',
      `${type}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'does not fit'}`,
    );
  }
  const text = JSON.stringify(checked.data);
  if (Buffer.byteLength(text) > MAX_PAYLOAD_BYTES)
    throw new AppError('VALIDATION_ERROR', `${type}: the payload is over ${MAX_PAYLOAD_BYTES} bytes; it holds ids.`);
  return text;
}
