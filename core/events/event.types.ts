import type Parse from 'parse/node';
import type { z } from 'zod';
import type { Ctx } from '../context';

/** What happened, once, for a tenant. docs/events.md lists the types. */
export interface DomainEvent {
  /** UUIDv7; never changes. */
  id: string;
  /** Id; empty where it is no tenant's. */
  tenant: string;
  type: string;
  subject: EventSubject;
  /** Grows within a subject, and says nothing across subjects. */
  seq: number;
  occurredAt: Date;
  recordedAt: Date;
  /** As the type's schema says, under {@link MAX_PAYLOAD_BYTES}; ids rather than texts. */
  payload: Readonly<Record<string, unknown>>;
  /** Of the request that caused it; empty where none did. */
  requestId: string;
}

/** Whom it happened to: a Parse class or a word of the feature's own, and an id within it. */
export interface EventSubject {
  className: string;
  id: string;
}

export const MAX_PAYLOAD_BYTES = 10_000;

/** A kind of event, declared once: the catalogue, the checks and OpenAPI's `webhooks` follow from it. */
export interface EventType<P extends z.ZodType = z.ZodType> {
  /** `purchase`, in words of the contract; `event.*` declares all that begin with `event.`. */
  name: string;
  /** One sentence, past tense: "A purchase was paid." */
  summary: string;
  /** Class name of its subject. */
  subject: string;
  payload: P;
  /** Fields of the payload that may hold a person's data: an erasure takes them out. */
  personal?: readonly string[];
  /** A payload that the schema takes, for the catalogue and for test events. */
  example: z.output<P>;
}

export function defineEventType<P extends z.ZodType>(type: EventType<P>): EventType<P> {
  return type;
}

/** An event as whoever causes it says it. */
export interface EventDraft {
  type: string;
  payload: Readonly<Record<string, unknown>>;
  /** @defaultValue the moment of recording */
  occurredAt?: Date;
  /** Whose data the type's `personal` fields may hold. */
  person?: EventPerson;
}

/** `users`: of `_User`; `customers`: of `Customer`. */
export interface EventPerson {
  population: 'users' | 'customers';
  id: string;
}

/** An event that belongs to no saved row: a worker's, a webhook's. */
export interface NewEvent extends EventDraft {
  /** The same key makes one event, however often it is recorded. */
  key: string;
  tenant: string;
  subject: EventSubject;
  requestId?: string;
}

/** A row as it is stored after a save, and as it was before. */
export interface SavedChange {
  object: Parse.Object;
  /** Undefined for a new row. */
  original: Parse.Object | undefined;
  now: Date;
}

/** Which events the changes of a class are. Both functions are pure and quick: they run within the save. */
export interface EventSource {
  className: string;
  /** Whichever door the save came through; the events are stored with the row or not at all. */
  onSave?: (change: SavedChange) => readonly EventDraft[];
  /** Tenant of a row that names none. @defaultValue none */
  tenantOf?: (object: Parse.Object) => Promise<string>;
  /** Of a row that was removed. */
  onDelete?: (change: { object: Parse.Object; now: Date }) => readonly EventDraft[];
}

export interface ConsumerRun {
  signal: AbortSignal;
  isLastAttempt: boolean;
  /** Of the effect that an event has here: unique by event and consumer, the same at every repetition. */
  keyOf: (event: DomainEvent) => string;
}

/** Throws to be called again with a growing pause; GiveUpError makes it a dead letter at once. */
type EventHandler = (ctx: Ctx, event: DomainEvent, run: ConsumerRun) => Promise<void>;

/** Answers for each event, in order: nothing when it is done, else the error. Events of one subject come in their order. */
interface EventBatchHandler {
  size: number;
  run: (ctx: Ctx, events: readonly DomainEvent[], run: ConsumerRun) => Promise<readonly (Error | undefined)[]>;
}

/**
 * Whoever acts on events. It hears of each at least once, those of one subject in their order; its effects carry
 * {@link ConsumerRun.keyOf}. What fails for good is a dead letter, which holds up nothing and can be sent again.
 */
export interface Consumer {
  /** Small letters, digits, underscores. */
  name: string;
  /** Type names; `event.*` for all below, `*` for all. */
  types: readonly string[];
  /** Those of the events that it wants, asked anew for each batch that is dispatched. @defaultValue all */
  wants?: (events: readonly DomainEvent[]) => Promise<readonly DomainEvent[]>;
  handler: EventHandler | EventBatchHandler;
  /** The queue whose places it takes. @defaultValue events */
  queue?: string;
  /** Time limit of one call, milliseconds. @defaultValue 30000 */
  timeoutMs?: number;
  /** Calls before an event is a dead letter. @defaultValue 6 */
  attempts?: number;
  /** First pause after a failure, milliseconds; doubles. @defaultValue 1000 */
  backoffMs?: number;
  /** Calls at once in one pump, and pumps over all processes. @defaultValue 10 and 2 */
  concurrency?: number;
  pumps?: number;
}

export function defineConsumer(consumer: Consumer): Consumer {
  return consumer;
}
