import { database } from '../../core/database/database';
import type { TableDefinition } from '../../core/schema/table-definition';

const COLLECTION = 'app_dashboard_session';

interface SessionDocument {
  _id: string;
  content: string;
  expires_at: Date;
}

/** Who is signed in to Parse Dashboard; the id is a hash, so that no row can be used as a cookie. */
export const dashboardSessionTable: TableDefinition = {
  name: 'dashboard_session',
  postgres: [
    `create table if not exists app.dashboard_session (
       id text primary key, content text not null, expires_at timestamptz not null)`,
    'create index if not exists dashboard_session_end on app.dashboard_session (expires_at)',
  ],
  mongo: [{ key: { expires_at: 1 }, expireAfterSeconds: 0 }],
};

/** @returns undefined also when the session has ended */
export async function readDashboardSession(id: string, now: Date): Promise<string | undefined> {
  const db = database();
  if (db.kind === 'postgres') {
    const { rows } = await db.pool.query<{ content: string }>(
      'select content from app.dashboard_session where id = $1 and expires_at > $2',
      [id, now],
    );
    return rows[0]?.content;
  }
  const found = await db.db.collection<SessionDocument>(COLLECTION).findOne({ _id: id, expires_at: { $gt: now } });
  return found?.content;
}

export async function saveDashboardSession(id: string, content: string, expiresAt: Date): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') {
    await db.pool.query(
      `insert into app.dashboard_session (id, content, expires_at) values ($1, $2, $3)
       on conflict (id) do update set content = excluded.content, expires_at = excluded.expires_at`,
      [id, content, expiresAt],
    );
    // MongoDB ends them by itself.
    await db.pool.query('delete from app.dashboard_session where expires_at < now()');
    return;
  }
  await db.db
    .collection<SessionDocument>(COLLECTION)
    .updateOne({ _id: id }, { $set: { content, expires_at: expiresAt } }, { upsert: true });
}

export async function deleteDashboardSession(id: string): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') await db.pool.query('delete from app.dashboard_session where id = $1', [id]);
  else await db.db.collection<SessionDocument>(COLLECTION).deleteOne({ _id: id });
}
