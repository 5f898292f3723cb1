import { createHash } from 'node:crypto';
import { isAccountThere } from './auth/presence';
import { actorName, isPlatformAdmin, type Ctx } from './context';
import { database } from './database/database';
import { AppError } from './errors';
import { invalidField } from './operation/issues';
import { canonical } from './operation/canonical';
import type { Outcome } from './operation/operation';
import type { TableDefinition } from './schema/table-definition';

const KEEP_HOURS = 24;
/** A run older than this without an answer died with its process; its key is free again. */
const IN_FLIGHT_SECONDS = 120;
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
  mongo: [{ key: { created_at: 1 }, expireAfterSeconds: KEEP_HOURS * 3600 }],
};

interface Stored {
  fingerprint: string;
  status: number | null;
  body: string | null;
  headers?: Record<string, string> | null;
}

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
  const id = sha256(`${actorName(ctx.actor)}|${key}`);
  // A file or raw body is part of the request, the other fields alone would not tell two apart.
  const body = ctx.upload?.file.sha256 ?? (ctx.raw ? sha256(ctx.raw.bytes) : '');
  const fingerprint = sha256(`${operation}|${canonical(input)}|${body}`);
  const owner = ctx.actor.kind === 'user' ? ctx.actor.userId : null;
  // Others' tenants may be told of to platform administrators only.
  const tenant = ctx.actor.kind === 'user' && !isPlatformAdmin(ctx.actor) ? ctx.actor.tenantId : null;
  const earlier = await claim({ id, fingerprint, owner, tenant });
  if (earlier) return replay(earlier, fingerprint);
  const outcome = await work().catch(async (error: unknown) => {
    await release(id);
    throw error;
  });
  const json = outcome.json ?? JSON.stringify(outcome.body ?? null);
  // Fails this, the key stays taken: what was done must not be done again at once.
  await complete(id, { ...outcome, json });
  if (owner !== null && !(await isAccountThere(owner))) await forgetAnswers({ owner, told: [] });
  return { ...outcome, json };
}

function replay(stored: Stored, fingerprint: string): Outcome {
  if (stored.fingerprint !== fingerprint) {
    throw new AppError('IDEMPOTENCY_MISMATCH', 'This Idempotency-Key came before with another request.');
  }
  if (stored.status === ERASED) throw new AppError('GONE', 'What this answer told of was erased.');
  if (stored.status === null || stored.body === null) {
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

interface Claim {
  id: string;
  fingerprint: string;
  owner: string | null;
  tenant: string | null;
}

/** Takes the key, or gives what holds it. One statement decides, so twins cannot both win. */
async function claim({ id, fingerprint, owner, tenant }: Claim): Promise<Stored | undefined> {
  const db = database();
  if (db.kind === 'postgres') {
    const taken = await db.pool.query(
      `insert into app.idempotency as held (key, fingerprint, owner, tenant) values ($1, $2, $5, $6)
       on conflict (key) do update set fingerprint = $2, owner = $5, tenant = $6, status = null, body = null, headers = null, created_at = now()
       where held.created_at < now() - make_interval(secs =>
         case when held.status is null then $3::double precision else $4::double precision end)
       returning key`,
      [id, fingerprint, IN_FLIGHT_SECONDS, KEEP_HOURS * 3600, owner, tenant],
    );
    if (taken.rowCount) return undefined;
    const { rows } = await db.pool.query<Stored>(
      'select fingerprint, status, body, headers from app.idempotency where key = $1',
      [id],
    );
    // Released between the two statements: as if it had been in flight.
    return rows[0] ?? { fingerprint, status: null, body: null };
  }
  const held = db.db.collection<Stored & Omit<Claim, 'id'> & { _id: string; created_at: Date }>('app_idempotency');
  const dead = new Date(Date.now() - IN_FLIGHT_SECONDS * 1000);
  await held.deleteOne({ _id: id, status: null, created_at: { $lt: dead } });
  try {
    await held.insertOne({ _id: id, fingerprint, owner, tenant, status: null, body: null, created_at: new Date() });
    return undefined;
  } catch (error) {
    if ((error as { code?: number }).code !== 11000) throw error;
    return (await held.findOne({ _id: id })) ?? { fingerprint, status: null, body: null };
  }
}

async function complete(id: string, { status, json, headers }: Outcome): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') {
    await db.pool.query('update app.idempotency set status = $2, body = $3, headers = $4 where key = $1', [
      id,
      status,
      json,
      JSON.stringify(headers),
    ]);
  } else {
    await db.db
      .collection<{ _id: string }>('app_idempotency')
      .updateOne({ _id: id }, { $set: { status, body: json, headers } });
  }
}

async function release(id: string): Promise<void> {
  const db = database();
  if (db.kind === 'postgres')
    await db.pool.query('delete from app.idempotency where key = $1 and status is null', [id]);
  else
    await db.db
      .collection<{ _id: string; status: number | null }>('app_idempotency')
      .deleteOne({ _id: id, status: null });
}

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
  const db = database();
  if (db.kind === 'postgres') {
    if (owner !== undefined) await db.pool.query('delete from app.idempotency where owner = $1', [owner]);
    await db.pool.query(
      `update app.idempotency set status = $2, body = null, headers = null
       where body is not null and ($3::text is null or tenant is null or tenant = $3)
         and exists (select from unnest($1::text[]) told where position(told in body) > 0)`,
      [told, ERASED, tenant ?? null],
    );
    return;
  }
  const held = db.db.collection('app_idempotency');
  if (owner !== undefined) await held.deleteMany({ owner });
  const holds = told.map((text) => ({ body: { $regex: text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&') } }));
  const where = { $or: holds, ...(tenant === undefined ? {} : { tenant: { $in: [tenant, null] } }) };
  if (holds.length) await held.updateMany(where, { $set: { status: ERASED, body: null, headers: null } });
}

/** Removes keys older than 24 hours, and Parse's own request ids that have expired (MongoDB does it by TTL indexes). */
export async function trimIdempotency(): Promise<void> {
  const db = database();
  if (db.kind !== 'postgres') return;
  await db.pool.query(`delete from app.idempotency where created_at < now() - interval '${KEEP_HOURS} hours'`);
  await db.pool.query('delete from "_Idempotency" where expire < now()');
}
