import { Table } from '../../core/database/kit/table';
import { gt, lt } from '../../core/database/kit/where';
import type { TableDefinition } from '../../core/schema/table-definition';

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

const sessions = new Table<{ id: string; content: string; expires_at: Date }>({
  table: 'dashboard_session',
  key: ['id'],
  columns: { id: 'plain', content: 'plain', expires_at: 'plain' },
});

/** @returns undefined also when the session has ended */
export async function readDashboardSession(id: string, now: Date): Promise<string | undefined> {
  return (await sessions.find({ id, expires_at: gt(now) }))?.content;
}

export async function saveDashboardSession(id: string, content: string, expiresAt: Date): Promise<void> {
  await sessions.upsert({ id, content, expires_at: expiresAt });
  await sessions.remove({ expires_at: lt(new Date()) });
}

export async function deleteDashboardSession(id: string): Promise<void> {
  await sessions.remove({ id });
}
