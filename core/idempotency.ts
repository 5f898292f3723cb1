import { createHash } from 'node:crypto';
import { isAccountThere } from './auth/presence';
import { actorName, isPlatformAdmin, type Ctx } from './context';
import { database } from './database/database';
import { Table } from './database/kit/table';
import { lt } from './database/kit/where';
import { AppError } from './errors';
import { invalidField } from './operation/issues';
import { canonical } from './operation/canonical';
import type { Outcome } from './operation/operation';
import type { TableDefinition } from './schema/table-definition';

const KEEP_MS = 24 * 3_600_000;
/** A run older than this without an answer died with its process; its key is free again. */
const IN_FLIGHT_MS = 120_000;
/** Status of an answer that was emptied. */
const ERASED = 410;

/** Stored answers of requests that came with an Idempotency-Key, 24 hours. */
export const idempotencyTable: TableDefinition = {
  name: 'idempotency',
  postgres: [
    `create table if not exists app.idempotency (
      key text primary key, fingerprint text not null, status integer, body text,
      created_at timestamptz not null default now())`,
    'alter table app.idempotency add column if not exists headers jsonb',
    'alter table app.idempotency add column if not exists owner text',
    'alter table app.idempotency add column if not exists tenant text',
    'create index if not exists idempotency_created on app.idempotency (created_at)',
  ],
  mongo: [{ key: { created_at: 1 }, expireAfterSeconds: KEEP_MS / 1000 }],
};

interface Answer {
  key: string;
  fingerprint: string;
  owner: string | null;
  tenant: string | null;
  /** null while it runs. */
  status: number | null;
  body: string | null;
  headers: Readonly<Record<string, string>> | null;
  /** By the clock of the process. Only the claim that wrote it may answer. */
  created_at: Date;
}

const answers = new Table<Answer>({
  table: 'idempotency',
  key: ['key'],
  columns: {
    key: 'plain',
    fingerprint: 'plain',
    owner: 'plain',
    tenant: 'plain',
    status: 'plain',
    body: 'plain',
    headers: 'json',
    created_at: 'plain',
  },
});

/**
 * Runs `work` once for a key and caller; a repeat gets the stored answer byte for byte.
 * A failure releases the key, so that the same key may be tried again.
 * @throws AppError CONFLICT while the first is in flight, IDEMPOTENCY_MISMATCH for another request
 */
export async function runOnce(
  ctx: Ctx,
  operation: string,
  key: string,
  input: unknown,
  work: () => Promise<Outcome>,
): Promise<Outcome> {
  if (!/^[\x21-\x7e]{1,255}$/.test(key))
    throw invalidField('Idempotency-Key', 'wrong_format', 'must have 1 to 255 printable characters');
  // A file or raw body is part of the request, the other fields alone would not tell two apart.
  const body = ctx.upload?.file.sha256 ?? (ctx.raw ? sha256(ctx.raw.bytes) : '');
  const fingerprint = sha256(`${operation}|${canonical(input)}|${body}`);
  const owner = ctx.actor.kind === 'user' ? ctx.actor.userId : null;
  // Others' tenants may be told of to platform administrators only.
  const tenant = ctx.actor.kind === 'user' && !isPlatformAdmin(ctx.actor) ? ctx.actor.tenantId : null;
  const claim = { key: sha256(`${actorName(ctx.actor)}|${key}`), created_at: ctx.clock.now() };
  if (!(await isClaimed({ ...claim, fingerprint, owner, tenant }))) {
    return replay(await answers.find({ key: claim.key }), fingerprint);
  }
  const outcome = await work().catch(async (error: unknown) => {
    await answers.remove({ ...claim, status: null });
    throw error;
  });
  const json = outcome.json ?? JSON.stringify(outcome.body ?? null);
  // Fails this, the key stays taken: what was done must not be done again at once.
  await answers.update(claim, { status: outcome.status, body: json, headers: outcome.headers });
  if (owner !== null && !(await isAccountThere(owner))) await forgetAnswers({ owner, told: [] });
  return { ...outcome, json };
}

/** One statement decides, so twins cannot both win. */
function isClaimed(claim: Omit<Answer, 'status' | 'body' | 'headers'>): Promise<boolean> {
  const before = (ms: number): Date => new Date(claim.created_at.getTime() - ms);
  return answers.takeOver({ ...claim, status: null, body: null, headers: null }, [
    { status: null, created_at: lt(before(IN_FLIGHT_MS)) },
    { created_at: lt(before(KEEP_MS)) },
  ]);
}

/** @param stored undefined when it was given back a moment ago: as if it still ran */
function replay(stored: Answer | undefined, fingerprint: string): Outcome {
  if (stored && stored.fingerprint !== fingerprint) {
    throw new AppError('IDEMPOTENCY_MISMATCH', 'This Idempotency-Key came before with another request.');
  }
  if (stored?.status === ERASED) throw new AppError('GONE', 'What this answer told of was erased.');
  if (!stored || stored.status === null || stored.body === null) {
    throw new AppError('CONFLICT', 'The first request with this Idempotency-Key is still running.', {
      retryAfterSeconds: 1,
    });
  }
  return {
    status: stored.status,
    body: JSON.parse(stored.body) as unknown,
    json: stored.body,
    headers: { ...stored.headers, 'idempotent-replayed': 'true' },
    isReplay: true,
  };
}

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

/**
 * For an erasure: the answers that a person got go, and those of others that hold one of these texts are emptied: their
 * requests stay done, and a repeat hears that the answer is gone.
 * @param erased `tenant`: whose texts they are; in answers to people of other tenants they mean somebody else
 */
export async function forgetAnswers(erased: {
  owner?: string;
  told: readonly string[];
  tenant?: string;
}): Promise<void> {
  const { owner, told, tenant } = erased;
  if (owner !== undefined) await answers.remove({ owner });
  const db = database();
  if (db.kind === 'postgres') {
    await db.pool.query(
      `update app.idempotency set status = $2, body = null, headers = null
       where body is not null and ($3::text is null or tenant is null or tenant = $3)
         and exists (select from unnest($1::text[]) told where position(told in body) > 0)`,
      [told, ERASED, tenant ?? null],
    );
    return;
  }
  const held = db.db.collection('app_idempotency');
  const holds = told.map((text) => ({ body: { $regex: text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&') } }));
  const where = { $or: holds, ...(tenant === undefined ? {} : { tenant: { $in: [tenant, null] } }) };
  if (holds.length) await held.updateMany(where, { $set: { status: ERASED, body: null, headers: null } });
}

/** Removes keys older than 24 hours, and Parse's own request ids that have expired (MongoDB does it by TTL indexes). */
export async function trimIdempotency(): Promise<void> {
  const db = database();
  if (db.kind !== 'postgres') return;
  await answers.remove({ created_at: lt(new Date(Date.now() - KEEP_MS)) });
  await db.pool.query('delete from "_Idempotency" where expire < now()');
}
