import { Table } from '../../core/database/kit/table';

/** The last row that was met, in the order of `updatedAt` and id. */
export interface Cursor {
  at: Date;
  id: string;
}

interface CursorKey {
  peer: string;
  tenant_id: string;
  class_name: string;
  direction: string;
}

interface CursorRow extends CursorKey {
  updated_at: Date;
  object_id: string;
}

const cursors = new Table<CursorRow>({
  table: 'parse_sync_cursor',
  key: ['peer', 'tenant_id', 'class_name', 'direction'],
  columns: {
    peer: 'plain',
    tenant_id: 'plain',
    class_name: 'plain',
    direction: 'plain',
    updated_at: 'plain',
    object_id: 'plain',
  },
});

export async function readCursor(key: CursorKey): Promise<Cursor | undefined> {
  const row = await cursors.find({ ...key });
  return row && { at: row.updated_at, id: row.object_id };
}

export async function keepCursor(key: CursorKey, { at, id }: Cursor): Promise<void> {
  await cursors.upsert({ ...key, updated_at: at, object_id: id });
}

const date = (ms: number): object => ({ __type: 'Date', iso: new Date(ms).toISOString() });

/** What Parse finds behind a cursor; from a time on where it has no id. */
export function behind({ at, id }: Cursor): object {
  const ms = at.getTime();
  if (!id) return { updatedAt: { $gte: date(ms) } };
  return {
    $or: [
      { updatedAt: { $gte: date(ms + 1) } },
      { updatedAt: { $gte: date(ms), $lt: date(ms + 1) }, objectId: { $gt: id } },
    ],
  };
}
