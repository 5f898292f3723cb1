import { database } from '../../core/database/database';

export interface Erasure {
  userId: string;
  tenantId: string | undefined;
  erasedAt: Date | undefined;
  /** A deletion through Parse that may have been refused after all. */
  onlyIfGone: boolean;
}

interface ErasureDocument {
  _id: string;
  tenant_id: string | null;
  requested_at: Date;
  erased_at: Date | null;
  only_if_gone?: boolean;
}

interface Row {
  user_id: string;
  tenant_id: string | null;
  erased_at: Date | null;
  only_if_gone?: boolean;
}

const collection = 'app_erasure';

/** Written before anything is removed; a second request changes nothing but that it is meant in earnest. */
export async function recordErasure(
  userId: string,
  tenantId: string | undefined,
  now: Date,
  { onlyIfGone = false }: { onlyIfGone?: boolean } = {},
): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') {
    await db.pool.query(
      `insert into app.erasure as e (user_id, tenant_id, requested_at, only_if_gone) values ($1, $2, $3, $4)
       on conflict (user_id) do update set only_if_gone = e.only_if_gone and excluded.only_if_gone`,
      [userId, tenantId ?? null, now, onlyIfGone],
    );
    return;
  }
  const first = { tenant_id: tenantId ?? null, requested_at: now, erased_at: null };
  await db.db
    .collection<ErasureDocument>(collection)
    .updateOne(
      { _id: userId },
      onlyIfGone
        ? { $setOnInsert: { ...first, only_if_gone: true } }
        : { $setOnInsert: first, $set: { only_if_gone: false } },
      { upsert: true },
    );
}

export async function completeErasure(userId: string, now: Date): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') {
    await db.pool.query('update app.erasure set erased_at = $2 where user_id = $1 and erased_at is null', [
      userId,
      now,
    ]);
    return;
  }
  await db.db
    .collection<ErasureDocument>(collection)
    .updateOne({ _id: userId, erased_at: null }, { $set: { erased_at: now } });
}

/** A refused erasure was none. */
export async function forgetErasure(userId: string): Promise<void> {
  const db = database();
  if (db.kind === 'postgres')
    await db.pool.query('delete from app.erasure where user_id = $1 and erased_at is null', [userId]);
  else await db.db.collection<ErasureDocument>(collection).deleteOne({ _id: userId, erased_at: null });
}

export async function findErasure(userId: string): Promise<Erasure | undefined> {
  const db = database();
  if (db.kind === 'postgres') {
    const { rows } = await db.pool.query<Row>('select * from app.erasure where user_id = $1', [userId]);
    return rows[0] && toErasure(rows[0]);
  }
  const found = await db.db.collection<ErasureDocument>(collection).findOne({ _id: userId });
  return found ? toErasure({ ...found, user_id: found._id }) : undefined;
}

/** Begun before `before` and not finished: their process died. */
export async function unfinishedErasures(before: Date): Promise<Erasure[]> {
  const db = database();
  if (db.kind === 'postgres') {
    const { rows } = await db.pool.query<Row>(
      'select * from app.erasure where erased_at is null and requested_at < $1',
      [before],
    );
    return rows.map(toErasure);
  }
  const rows = await db.db
    .collection<ErasureDocument>(collection)
    .find({ erased_at: null, requested_at: { $lt: before } })
    .toArray();
  return rows.map((row) => toErasure({ ...row, user_id: row._id }));
}

/** Finished since then. */
export async function erasedSince(since: Date): Promise<Erasure[]> {
  const db = database();
  if (db.kind === 'postgres') {
    const { rows } = await db.pool.query<Row>('select * from app.erasure where erased_at >= $1', [since]);
    return rows.map(toErasure);
  }
  const rows = await db.db
    .collection<ErasureDocument>(collection)
    .find({ erased_at: { $gte: since } })
    .toArray();
  return rows.map((row) => toErasure({ ...row, user_id: row._id }));
}

/** Imports that have ended belong to their tenant alone from now on; their file's name may be a personal one. */
export async function disownJobs(userId: string): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') {
    await db.pool.query(
      `update "DataJob" set owner = null, _rperm = array_remove(_rperm, $1) where owner = $1 and completed_at is not null`,
      [userId],
    );
    return;
  }
  await db.db
    .collection<{ _rperm: string[] }>('DataJob')
    .updateMany(
      { _p_owner: `_User$${userId}`, completed_at: { $ne: null } },
      { $unset: { _p_owner: '' }, $pull: { _rperm: userId } },
    );
}

function toErasure(row: Row): Erasure {
  return {
    userId: row.user_id,
    tenantId: row.tenant_id ?? undefined,
    erasedAt: row.erased_at ?? undefined,
    onlyIfGone: row.only_if_gone === true,
  };
}
