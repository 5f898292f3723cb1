import { Table } from '../../core/database/kit/table';
import { oneOf } from '../../core/database/kit/where';

export interface VersionKey {
  /** Whose source it is: `here`, or the other server by its address. */
  peer: string;
  class_name: string;
  object_id: string;
}

/**
 * "The target, as it was at `target_updated_at`, is the source as it was at `source_updated_at`." Parse sets `updatedAt`
 * itself at each save, so what the source says of its own needs a place beside the row.
 */
export interface VersionRow extends VersionKey {
  source_updated_at: Date | null;
  target_updated_at: Date | null;
  /** The source removed the object; an older state of it must not come back. */
  is_deleted: boolean | null;
  /** A write that began: the source's time, and what the target's was before. A crash leaves it. */
  pending_at: Date | null;
  base_updated_at: Date | null;
  /** Of two-way syncs: the job that moved it last, and what that was. */
  job_id: string | null;
  outcome: string | null;
}

const versions = new Table<VersionRow>({
  table: 'parse_sync_version',
  key: ['peer', 'class_name', 'object_id'],
  columns: {
    peer: 'plain',
    class_name: 'plain',
    object_id: 'plain',
    source_updated_at: 'plain',
    target_updated_at: 'plain',
    is_deleted: 'plain',
    pending_at: 'plain',
    base_updated_at: 'plain',
    job_id: 'plain',
    outcome: 'plain',
  },
});

export const findVersion = ({ peer, class_name, object_id }: VersionKey): Promise<VersionRow | undefined> =>
  versions.find({ peer, class_name, object_id });

/** By object id. */
export async function findVersions(
  peer: string,
  className: string,
  ids: readonly string[],
): Promise<Map<string, VersionRow>> {
  if (!ids.length) return new Map();
  const rows = await versions.list({ peer, class_name: className, object_id: oneOf(ids) });
  return new Map(rows.map((row) => [row.object_id, row]));
}

/** Before a write: what it is about to make true. */
export async function beginWrite(
  key: VersionKey,
  sourceAt: Date,
  base: Date | null,
  move: Partial<Pick<VersionRow, 'job_id' | 'outcome'>> = {},
): Promise<void> {
  await versions.upsert({ ...key, ...move, pending_at: sourceAt, base_updated_at: base });
}

/** After it, or after its refusal (`kept` undefined). */
export async function endWrite(key: VersionKey, kept?: Partial<Omit<VersionRow, keyof VersionKey>>): Promise<void> {
  await versions.upsert({ ...key, ...kept, pending_at: null, base_updated_at: null });
}
