import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { Ctx } from '../../core/context';
import { listEvents } from '../../core/events/event.store';
import type { DomainEvent } from '../../core/events/event.types';
import { invalidField } from '../../core/operation/issues';
import type { replayWebhook } from './deliveries.contract';
import { deliveriesOf, type DeliveryRow } from './delivery.store';
import { checkTypes } from './endpoint.rules';
import type { EndpointRow } from './endpoint.store';
import { visibleEndpoint, workingEndpoint } from './endpoints.service';
import { putReplay } from './replay.due';
import { maySend } from './routing';

const MAX_EVENTS = 100_000;
const PAGE = 1_000;
const UNSUCCESSFUL: readonly string[] = ['failed', 'exhausted', 'cancelled'];

type Range = Required<Pick<z.output<typeof replayWebhook.input>, 'only_failed'>> & {
  from: Date;
  to: Date;
  types: readonly string[];
};

/** The events are chosen here and stored by their ids, so that as many are sent as the answer says. */
export async function replay(
  ctx: Ctx,
  input: z.output<typeof replayWebhook.input>,
): Promise<z.input<typeof replayWebhook.output>> {
  const { webhook_id: id, dry_run: isDry } = input;
  const endpoint = await (isDry ? visibleEndpoint : workingEndpoint)(ctx, id);
  const range = rangeOf(input, endpoint, ctx.clock.now());
  const eventIds = await chooseEvents(endpoint, range);
  const count = eventIds.length;
  const said = { count, dry_run: isDry, from: range.from.toISOString(), to: range.to.toISOString() };
  if (isDry || !count) return { replay_id: null, ...said };
  const replayId = `replay_${randomUUID()}`;
  await putReplay(replayId, { endpointId: id, tenant: endpoint.tenant, eventIds, at: ctx.clock.now() });
  return { replay_id: replayId, ...said };
}

function rangeOf(input: z.output<typeof replayWebhook.input>, endpoint: EndpointRow, now: Date): Range {
  if (input.types) checkTypes(input.types);
  const from = new Date(input.from);
  const to = new Date(Math.min(now.getTime(), input.to ? Date.parse(input.to) : Infinity));
  if (from >= to) throw invalidField('to', 'invalid', 'must lie after from, and from in the past');
  return { from, to, types: input.types ?? endpoint.types, only_failed: input.only_failed };
}

/** Ids, the oldest first. @throws AppError VALIDATION_ERROR for more than {@link MAX_EVENTS} */
async function chooseEvents(endpoint: EndpointRow, range: Range): Promise<string[]> {
  const { from, to, types } = range;
  const chosen: string[] = [];
  for (let after: DomainEvent | undefined; ;) {
    const page = await listEvents({ tenant: endpoint.tenant, types, from, to }, { limit: PAGE, after });
    const fitting = page.filter((event) => maySend(endpoint, event));
    const wanted = range.only_failed ? await unsuccessful(endpoint, fitting) : fitting;
    chosen.push(...wanted.map(({ id }) => id));
    if (chosen.length > MAX_EVENTS)
      throw invalidField('from', 'too_large', `and to hold more than ${MAX_EVENTS} events: choose a shorter range`);
    if (page.length < PAGE) return chosen;
    after = page.at(-1);
  }
}

/** Those whose last delivery has not arrived. */
async function unsuccessful(endpoint: EndpointRow, events: readonly DomainEvent[]): Promise<DomainEvent[]> {
  if (!events.length) return [];
  const last = new Map<string, DeliveryRow>();
  const rows = await deliveriesOf(
    endpoint.objectId,
    events.map(({ id }) => id),
  );
  for (const row of rows) {
    const known = last.get(row.event_id);
    if (!known || known.createdAt <= row.createdAt) last.set(row.event_id, row);
  }
  return events.filter(({ id }) => UNSUCCESSFUL.includes(last.get(id)?.status ?? ''));
}
