import { database } from '../../core/database/database';

const COLLECTION = 'app_uptime_minute';

interface MinuteRow {
  _id: number;
}

/** Says that the service lives in this minute (minutes since 1970). Many times a minute is one. */
export async function saveHeartbeat(minute: number): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') {
    await db.pool.query('insert into app.uptime_minute (minute) values ($1) on conflict do nothing', [minute]);
  } else {
    await db.db
      .collection<MinuteRow>(COLLECTION)
      .updateOne({ _id: minute }, { $setOnInsert: { _id: minute } }, { upsert: true });
  }
}

/** Minutes with a heartbeat in `[from, to)`, and the first ever; undefined when there is none. */
export async function countMinutes(from: number, to: number): Promise<{ count: number; first: number | undefined }> {
  const db = database();
  if (db.kind === 'postgres') {
    const { rows } = await db.pool.query<{ count: number; first: number | null }>(
      `select (select count(*)::int from app.uptime_minute where minute >= $1 and minute < $2) as count,
              (select min(minute)::int from app.uptime_minute) as first`,
      [from, to],
    );
    return { count: rows[0]!.count, first: rows[0]!.first ?? undefined };
  }
  const minutes = db.db.collection<MinuteRow>(COLLECTION);
  const first = await minutes.findOne({}, { sort: { _id: 1 } });
  return { count: await minutes.countDocuments({ _id: { $gte: from, $lt: to } }), first: first?._id };
}

export async function deleteMinutesBefore(minute: number): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') await db.pool.query('delete from app.uptime_minute where minute < $1', [minute]);
  else await db.db.collection<MinuteRow>(COLLECTION).deleteMany({ _id: { $lt: minute } });
}
