import type { z } from 'zod';
import { isPlatformAdmin, type Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import { offsetOf, pageOf } from '../../core/operation/paging';
import { tenantOf } from '../analytics/tenant.service';
import * as store from './endpoint.store';
import type { EndpointRow } from './endpoint.store';
import { rotateSecret, secretsOf } from './secrets.store';
import type { createWebhook, listWebhooks, rotateWebhookSecret, updateWebhook } from './webhooks.contract';

type Input<C extends { input: z.ZodType }> = z.output<C['input']>;
type Answer<C extends { output: z.ZodType }> = Promise<z.input<C['output']>>;
type View = z.input<(typeof updateWebhook)['output']>;

export async function listEndpoints(ctx: Ctx, input: Input<typeof listWebhooks>): Answer<typeof listWebhooks> {
  const tenant = await tenantOf(ctx, input.tenant);
  const rows = await store.endpointsOf(tenant.id);
  const found = rows.filter(({ active }) => input.active === undefined || active === input.active);
  const start = offsetOf(input);
  return { webhooks: found.slice(start, start + input.limit).map(viewOf), ...pageOf(input, found.length) };
}

/** The trigger of the class has the rules; the secret is in this answer and nowhere else. */
export async function createEndpoint(ctx: Ctx, input: Input<typeof createWebhook>): Answer<typeof createWebhook> {
  const { tenant: named, ...fields } = input;
  const tenant = await tenantOf(ctx, named);
  const id = await store.createEndpoint(tenant.id, given(fields));
  const [secret] = await secretsOf(id, ctx.clock.now());
  return { ...viewOf((await store.findEndpoint(id))!), secret: secret! };
}

export async function readEndpoint(ctx: Ctx, { webhook_id: id }: { webhook_id: string }): Promise<View> {
  return viewOf(await visibleEndpoint(ctx, id));
}

export async function changeEndpoint(ctx: Ctx, input: Input<typeof updateWebhook>): Promise<View> {
  const { webhook_id: id, ...fields } = input;
  await visibleEndpoint(ctx, id);
  const changes = given(fields);
  if (Object.keys(changes).length) await store.updateEndpoint(id, changes);
  return viewOf(await visibleEndpoint(ctx, id));
}

export async function removeEndpoint(ctx: Ctx, { webhook_id: id }: { webhook_id: string }): Promise<null> {
  await visibleEndpoint(ctx, id);
  await store.deleteEndpoint(id);
  return null;
}

export async function changeSecret(
  ctx: Ctx,
  { webhook_id: id, revoke_previous: isAtOnce }: Input<typeof rotateWebhookSecret>,
): Answer<typeof rotateWebhookSecret> {
  await visibleEndpoint(ctx, id);
  const { secret, previousUntil } = await rotateSecret(id, ctx.clock.now(), { isAtOnce });
  return { id, secret, previous_valid_until: previousUntil?.toISOString() ?? null };
}

/** @throws AppError NOT_FOUND also for those of other tenants */
export async function visibleEndpoint(ctx: Ctx, id: string): Promise<EndpointRow> {
  const endpoint = await store.findEndpoint(id);
  if (endpoint && maySee(ctx, endpoint.tenant)) return endpoint;
  throw new AppError('NOT_FOUND', 'No such webhook.');
}

export function maySee({ actor, tenantId }: Ctx, tenant: string): boolean {
  return isPlatformAdmin(actor) || tenantId === tenant;
}

/** An endpoint that something can be sent to. @throws AppError NOT_FOUND, CONFLICT when it is switched off */
export async function workingEndpoint(ctx: Ctx, id: string): Promise<EndpointRow> {
  const endpoint = await visibleEndpoint(ctx, id);
  if (!endpoint.active) throw new AppError('CONFLICT', 'The webhook is switched off: switch it on first.');
  return endpoint;
}

function given(fields: Record<string, unknown>): store.EndpointFields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function viewOf(row: EndpointRow): View {
  const time = (at: Date | null): string | null => at?.toISOString() ?? null;
  return {
    id: row.objectId,
    tenant: row.tenant,
    url: row.url,
    description: row.description ?? '',
    types: [...row.types],
    active: row.active,
    disabled_reason: row.disabled_reason,
    disabled_at: time(row.disabled_at),
    failing_since: time(row.failing_since),
    failure_count: row.failure_count ?? 0,
    last_success_at: time(row.last_success_at),
    last_failure_at: time(row.last_failure_at),
    max_per_second: row.max_per_second,
    max_in_flight: row.max_in_flight,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
