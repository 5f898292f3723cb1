import { Table } from '../../core/database/kit/table';
import { AppError } from '../../core/errors';
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

const files = new Table<FileRow & { created_at: Date }>({
  table: 'stored_file',
  key: ['name'],
  columns: { name: 'plain', owner: 'plain', metadata: 'json', created_at: 'plain' },
});

/** @throws AppError CONFLICT when there is one with this name */
export async function addFile({ name, owner, metadata }: FileRow): Promise<void> {
  const isNew = await files.insert({ name, owner, metadata, created_at: new Date() });
  if (!isNew) throw new AppError('CONFLICT', 'A file has this name.');
}

export async function findFile(name: string): Promise<FileRow | undefined> {
  // No file has such a name, and no database can be asked for it.
  return name.includes('\0') ? undefined : files.find({ name });
}

export async function removeRow(name: string): Promise<void> {
  await files.remove({ name });
}

/** Some of a person's files, for who removes them all. */
export async function filesOf(owner: string, limit: number): Promise<string[]> {
  return (await files.page({ owner }, { limit })).map(({ name }) => name);
}
