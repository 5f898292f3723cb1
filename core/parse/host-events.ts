import { z } from 'zod';
import { addConsumer } from '../events/consumers';
import type { ConsumerRun, DomainEvent, EventSource, EventType, NewEvent, SavedChange } from '../events/event.types';
import { recordEvents } from '../events/record';
import { addEventSource } from '../events/sources';
import { declareEventType } from '../events/types';

interface HostEventType extends EventType {
  /** Of a save of a row of `subject`: the payload where it is this event, else undefined. Pure and quick. */
  when?: (change: SavedChange) => Readonly<Record<string, unknown>> | undefined;
}

interface HostListener {
  name: string;
  types: readonly string[];
  handler: (event: DomainEvent, run: Omit<ConsumerRun, 'keyOf'> & { key: string }) => Promise<void> | void;
  timeoutMs?: number;
  attempts?: number;
}

/** What a host application's cloud code (HOST_CLOUD_CODE) finds as the global `AppBackend`: docs/events.md. */
interface HostApi {
  declareEvent(type: HostEventType): void;
  onEvent(listener: HostListener): void;
  recordEvent(event: Omit<NewEvent, 'tenant'> & { tenant?: string }): Promise<DomainEvent>;
  z: typeof z;
}

/** @param defaultTenant of rows and events that name none */
export function offerHostEvents(defaultTenant: () => Promise<string>): void {
  const api: HostApi = {
    declareEvent: ({ when, ...type }) => {
      declareEventType(type);
      if (when) addEventSource(sourceOf(type, when, defaultTenant));
    },
    onEvent: ({ handler, ...listener }) => {
      addConsumer({
        ...listener,
        handler: async (_ctx, event, { keyOf, ...run }) => {
          await handler(event, { ...run, key: keyOf(event) });
        },
      });
    },
    recordEvent: async (event) => {
      const [recorded] = await recordEvents([{ ...event, tenant: event.tenant ?? (await defaultTenant()) }]);
      return recorded!;
    },
    z,
  };
  Object.defineProperty(globalThis, 'AppBackend', { value: Object.freeze(api), configurable: true });
}

function sourceOf(
  { name, subject }: EventType,
  when: NonNullable<HostEventType['when']>,
  defaultTenant: () => Promise<string>,
): EventSource {
  return {
    className: subject,
    tenantOf: defaultTenant,
    onSave: (change) => {
      const payload = when(change);
      return payload ? [{ type: name, payload }] : [];
    },
  };
}
