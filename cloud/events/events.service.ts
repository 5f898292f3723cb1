import { z } from 'zod';
import { isPlatformAdmin, type Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import { countEvents, findEvent, listEvents as readEvents, type EventFilter } from '../../core/events/event.store';
import type { DomainEvent } from '../../core/events/event.types';
import { eventTypes } from '../../core/events/types';
import { invalidField } from '../../core/operation/issues';
import { offsetOf, pageOf } from '../../core/operation/paging';
import type * as contract from './events.contract';

interface EventView {
  id: string;
  type: string;
  tenant: string;
  subject: { class: string; id: string };
  occurred_at: string;
  recorded_at: string;
  request_id: string | null;
  data: Record<string, unknown>;
}

type Asked = z.output<(typeof contract.listEvents)['input']>;

/** @throws AppError VALIDATION_ERROR, NOT_FOUND for another's tenant */
export async function listEvents(ctx: Ctx, asked: Asked): Promise<z.input<(typeof contract.listEvents)['output']>> {
  const { subject_class: className, subject_id: id, limit } = asked;
  if ((className === undefined) !== (id === undefined))
    throw invalidField('subject_id', 'invalid', 'is given together with subject_class');
  const filter: EventFilter = {
    tenant: tenantFor(ctx, asked.tenant),
    types: asked.types,
    ...(className !== undefined && id !== undefined ? { subject: { className, id } } : {}),
    ...(asked.from ? { from: new Date(asked.from) } : {}),
    ...(asked.to ? { to: new Date(asked.to) } : {}),
  };
  const [events, total] = await Promise.all([
    readEvents(filter, { limit, offset: offsetOf(asked), isDescending: true }),
    countEvents(filter),
  ]);
  return { events: events.map(viewOf), ...pageOf(asked, total) };
}

export async function getEvent(ctx: Ctx, eventId: string): Promise<EventView> {
  return viewOf(await eventFor(ctx, eventId));
}

interface EventTypeView {
  name: string;
  summary: string;
  subject: string;
  schema: Record<string, unknown>;
  example: Record<string, unknown>;
}

export function listEventTypes(): { types: EventTypeView[] } {
  return {
    types: eventTypes().map(({ name, summary, subject, payload, example }) => ({
      name,
      summary,
      subject,
      schema: z.toJSONSchema(payload),
      example: example as Record<string, unknown>,
    })),
  };
}

/** @throws AppError NOT_FOUND also for one of another tenant */
async function eventFor(ctx: Ctx, eventId: string): Promise<DomainEvent> {
  const event = await findEvent(eventId.toLowerCase());
  const tenant = tenantFor(ctx, undefined);
  if (!event || (tenant !== undefined && event.tenant !== tenant))
    throw new AppError('NOT_FOUND', 'There is no such event.');
  return event;
}

/** Undefined: all. @throws AppError NOT_FOUND for another's tenant */
function tenantFor(ctx: Ctx, named: string | undefined): string | undefined {
  if (isPlatformAdmin(ctx.actor) || ctx.actor.kind === 'system') return named;
  if (named !== undefined && named !== ctx.tenantId) throw new AppError('NOT_FOUND', 'No such tenant.');
  return ctx.tenantId ?? '';
}

function viewOf(event: DomainEvent): EventView {
  return {
    id: event.id,
    type: event.type,
    tenant: event.tenant,
    subject: { class: event.subject.className, id: event.subject.id },
    occurred_at: event.occurredAt.toISOString(),
    recorded_at: event.recordedAt.toISOString(),
    request_id: event.requestId || null,
    data: event.payload,
  };
}
