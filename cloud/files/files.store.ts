import { database } from '../../core/database/database';
import type { TableDefinition } from '../../core/schema/table-definition';

/** What is known of a file beside its bytes. Files from before this table, and those of the master key, have no owner. */
export interface FileRow {
  name: string;
  owner: string | null;
  metadata: Record<string, unknown>;
}

export const filesTable: TableDefinition = {
  name: 'stored_file',
  postgres: [
    `create table if not exists app.stored_file (
      name text primary key, owner text, metadata jsonb not null, created_at timestamptz not null default now())`,
    'create index if not exists stored_file_owner on app.stored_file (owner) where owner is not null',
  ],
  mongo: [{ key: { owner: 1 }, sparse: true }],
};

type MongoRow = Omit<FileRow, 'name'> & { _id: string; created_at: Date };
const COLLECTION = 'app_stored_file';

export async function addFile({ name, owner, metadata }: FileRow): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') {
    const values = [name, owner, JSON.stringify(metadata)];
    await db.pool.query('insert into app.stored_file (name, owner, metadata) values ($1, $2, $3)', values);
  } else {
    const row = { _id: name, owner, metadata, created_at: new Date() };
    await db.db.collection<MongoRow>(COLLECTION).insertOne(row);
  }
}

export async function findFile(name: string): Promise<FileRow | undefined> {
  const db = database();
  if (db.kind === 'postgres') {
    const { rows } = await db.pool.query<FileRow>('select name, owner, metadata from app.stored_file where name = $1', [
      name,
    ]);
    return rows[0];
  }
  const row = await db.db.collection<MongoRow>(COLLECTION).findOne({ _id: name });
  return row ? { name, owner: row.owner, metadata: row.metadata } : undefined;
}

export async function removeRow(name: string): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') await db.pool.query('delete from app.stored_file where name = $1', [name]);
  else await db.db.collection<MongoRow>(COLLECTION).deleteOne({ _id: name });
}

/** Some of a person's files, for who removes them all. */
export async function filesOf(owner: string, limit: number): Promise<string[]> {
  const db = database();
  if (db.kind === 'postgres') {
    const sql = 'select name from app.stored_file where owner = $1 order by name limit $2';
    return (await db.pool.query<{ name: string }>(sql, [owner, limit])).rows.map(({ name }) => name);
  }
  const rows = await db.db.collection<MongoRow>(COLLECTION).find({ owner }).limit(limit).toArray();
  return rows.map(({ _id }) => _id);
}
