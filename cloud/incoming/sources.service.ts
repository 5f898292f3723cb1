import { randomBytes, randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { config } from '../../core/config';
import { isPlatformAdmin, type Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import { withLease } from '../../core/lease/lease';
import { invalidField } from '../../core/operation/issues';
import { offsetOf, pageOf } from '../../core/operation/paging';
import { RawBody } from '../../core/operation/raw-body';
import { isStandardSecret, makeStandardSecret } from '../../core/standard-webhooks';
import { tenantOf } from '../analytics/tenant.service';
import type { SchemeName } from './incoming.schema';
import { accept } from './receive.service';
import { SCHEMES } from './schemes/schemes';
import * as store from './source.store';
import type { SourceRow } from './source.store';
import type * as contract from './sources.contract';
import { verify } from './verify';

type Input<C extends { input: z.ZodType }> = z.output<C['input']>;
type Answer<C extends { output: z.ZodType }> = Promise<z.input<C['output']>>;
type View = z.input<(typeof contract.getWebhookSource)['output']>;

const MAX_SOURCES = 50;
const SEAT = { holdMs: 5_000, waitMs: 10_000 };
/** How long the secret before a rotation is good. */
const OVERLAP_MS = 24 * 3_600_000;

export async function listSources(
  ctx: Ctx,
  input: Input<typeof contract.listWebhookSources>,
): Answer<typeof contract.listWebhookSources> {
  const rows = await store.sourcesOf((await tenantOf(ctx, input.tenant)).id);
  const start = offsetOf(input);
  const sources = rows.slice(start, start + input.limit).map((row) => viewOf(row, ctx.clock.now()));
  return { sources, ...pageOf(input, rows.length) };
}

/** @throws AppError CONFLICT when the name is taken, or there are enough */
export async function createSource(
  ctx: Ctx,
  { name, scheme, secret: given, enabled, tenant: named }: Input<typeof contract.createWebhookSource>,
): Answer<typeof contract.createWebhookSource> {
  const tenant = (await tenantOf(ctx, named)).id;
  const secret = given === undefined ? makeSecret(scheme) : checkSecret(scheme, given);
  const now = ctx.clock.now();
  const id = randomBytes(16).toString('hex');
  const row: SourceRow = {
    ...{ id, tenant, name, scheme, enabled, version: 1, created_at: now, updated_at: now },
    ...{ sealed: store.sealSecret(id, secret), sealed_before: null, before_until: null },
  };
  // One at a time, so that many at once do not pass the limit together.
  await withLease(`incoming.sources.${tenant}`, SEAT, async () => {
    if ((await store.countSources(tenant)) >= MAX_SOURCES)
      throw new AppError('CONFLICT', `A tenant has at most ${MAX_SOURCES} sources of webhooks.`);
    if (!(await store.insertSource(row))) throw new AppError('CONFLICT', 'There is a source of that name.');
  });
  return { ...viewOf(row, now), secret: given === undefined ? secret : null };
}

export async function readSource(ctx: Ctx, { source_id: id }: { source_id: string }): Promise<View> {
  return viewOf(await visibleSource(ctx, id), ctx.clock.now());
}

export async function changeSource(
  ctx: Ctx,
  { source_id: id, enabled }: Input<typeof contract.updateWebhookSource>,
): Promise<View> {
  await visibleSource(ctx, id);
  await store.updateSource(id, { enabled, updated_at: ctx.clock.now() });
  return readSource(ctx, { source_id: id });
}

export async function deleteSource(ctx: Ctx, { source_id: id }: { source_id: string }): Promise<null> {
  await visibleSource(ctx, id);
  await store.removeSource(id);
  return null;
}

export async function rotateSecret(
  ctx: Ctx,
  { source_id: id, secret: given, revoke_previous: isAtOnce }: Input<typeof contract.rotateWebhookSourceSecret>,
): Answer<typeof contract.rotateWebhookSourceSecret> {
  const row = await visibleSource(ctx, id);
  const secret = given === undefined ? makeSecret(row.scheme) : checkSecret(row.scheme, given);
  const now = ctx.clock.now();
  const before = isAtOnce
    ? { sealed_before: null, before_until: null }
    : { sealed_before: row.sealed, before_until: new Date(now.getTime() + OVERLAP_MS) };
  const change = { sealed: store.sealSecret(id, secret), ...before, updated_at: now };
  if (!(await store.replaceSecret(row, change)))
    throw new AppError('CONFLICT', 'The secret is being rotated; try again.');
  return { ...(await readSource(ctx, { source_id: id })), secret: given === undefined ? secret : null };
}

/** By the same way as a sender's, signed with the present secret. @throws AppError NOT_FOUND also where it is switched off */
export async function testSource(
  ctx: Ctx,
  { source_id: id }: { source_id: string },
): Answer<typeof contract.testWebhookSource> {
  const row = await visibleSource(ctx, id);
  const now = ctx.clock.now();
  const message = { id: `test_${randomUUID()}`, event: 'test', at: now };
  const body = JSON.stringify({
    ...{ id: message.id, type: message.event, event: message.event, source: row.name },
    ...{ data: {}, timestamp: now.toISOString() },
  });
  const [secret] = store.openSecrets(row, now);
  const headers = { 'content-type': 'application/json', ...SCHEMES[row.scheme].sign(body, secret!, message) };
  const raw = new RawBody(Buffer.from(body), headers);
  const { event_id: eventId } = await accept(ctx, raw, await verify(id, raw, now));
  return { received: true, event_id: eventId };
}

/** @throws AppError NOT_FOUND also for those of other tenants */
async function visibleSource(ctx: Ctx, id: string): Promise<SourceRow> {
  const row = await store.findSource(id);
  if (row && (isPlatformAdmin(ctx.actor) || row.tenant === ctx.tenantId)) return row;
  throw new AppError('NOT_FOUND', 'No such source of webhooks.');
}

function makeSecret(scheme: SchemeName): string {
  return scheme === 'standard-webhooks' ? makeStandardSecret() : randomBytes(32).toString('hex');
}

function checkSecret(scheme: SchemeName, given: string): string {
  if (scheme === 'standard-webhooks' && !isStandardSecret(given))
    throw invalidField('secret', 'wrong_format', 'must be base64, with or without whsec_');
  return given;
}

function viewOf(row: SourceRow, now: Date): View {
  const { publicUrl, basePath } = config();
  return {
    id: row.id,
    tenant: row.tenant,
    name: row.name,
    scheme: row.scheme,
    url: `${publicUrl}${basePath}/integrations/webhook/${row.id}`,
    enabled: row.enabled,
    previous_secret_until: row.before_until && row.before_until > now ? row.before_until.toISOString() : null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
