import { createHash } from 'node:crypto';
import type { Ctx } from '../../core/context';
import type { RawBody } from '../../core/operation/raw-body';
import { logPermissions } from '../../core/schema/acl';
import { insertIncoming, type IncomingRow } from './incoming.store';
import { offer } from './offer';
import { verifiedWebhook, type VerifiedWebhook } from './verify';

export interface Received {
  received: true;
  event_id: string;
  /** Only of one that came before. */
  duplicate?: true;
}

/** Headers that tell of a webhook. Signatures and credentials are not among them. */
const KEPT_HEADERS = [
  'content-type',
  'user-agent',
  'webhook-id',
  'webhook-timestamp',
  'x-webhook-id',
  'x-github-delivery',
  'x-github-event',
  'x-github-hook-id',
  'x-shopify-api-version',
  'x-shopify-event-id',
  'x-shopify-shop-domain',
  'x-shopify-topic',
  'x-shopify-triggered-at',
  'x-shopify-webhook-id',
];
const MAX_HEADER = 300;
const ID = /^[\x21-\x7e]{1,200}$/;
const MAX_EVENT = 120;

/** The webhook that the door has verified. */
export function receive(ctx: Ctx): Promise<Received> {
  return accept(ctx, ctx.raw!, verifiedWebhook(ctx.raw!));
}

/** Stored when this returns, once for an id of its source; what follows from it happens afterwards, whatever dies. */
export async function accept(ctx: Ctx, raw: RawBody, webhook: VerifiedWebhook): Promise<Received> {
  const row = newIncoming(ctx, raw, webhook);
  const isNew = await insertIncoming(row);
  if (isNew) offer(row);
  return { received: true, event_id: row.objectId, ...(isNew ? {} : { duplicate: true }) };
}

/** Its id follows from tenant, source and the sender's id: the same webhook is the same row. */
function newIncoming(ctx: Ctx, raw: RawBody, { tenant, source, said }: VerifiedWebhook): IncomingRow {
  const now = ctx.clock.now();
  const { read, write } = logPermissions();
  const webhookId = idOf(said.id, raw);
  return {
    objectId: sha256(JSON.stringify([tenant, source, webhookId])).slice(0, 24),
    tenant,
    source,
    webhook_id: webhookId,
    event: eventName(said.event),
    // JSON in UTF-8 holds no NUL: it was parsed.
    payload: raw.bytes.toString('utf8'),
    size: raw.bytes.length,
    headers: keptHeaders(raw),
    signature_ok: true,
    status: 'received',
    process_number: 1,
    processed_at: null,
    last_error: null,
    request_id: ctx.requestId,
    createdAt: now,
    updatedAt: now,
    _rperm: read,
    _wperm: write,
  };
}

/** One that is long or strange still tells its webhook from others with the same body. */
function idOf(given: string | undefined, raw: RawBody): string {
  if (!given) return `sha256:${sha256(raw.bytes)}`;
  return ID.test(given) ? given : `sha256-id:${sha256(given)}`;
}

/** As the sender calls it, of what the name of an event may be (core/events/types). */
function eventName(given: string | undefined): string {
  const name = (given ?? '').replace(/[^\p{L}\p{N} _.:/-]/gu, '_').trim();
  return [...name].slice(0, MAX_EVENT).join('') || 'unknown';
}

function keptHeaders(raw: RawBody): Record<string, string> {
  const kept = KEPT_HEADERS.map((name) => [name, raw.header(name)?.slice(0, MAX_HEADER)] as const);
  return Object.fromEntries(kept.filter((pair): pair is [string, string] => pair[1] !== undefined));
}

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
