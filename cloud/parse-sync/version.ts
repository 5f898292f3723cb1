import { endWrite, type VersionKey, type VersionRow } from './version.store';

/** What is known of an object's state, in the source's time. */
export interface Known {
  /** The time of the state that the target has; undefined where it has none. */
  at: Date | undefined;
  /** It has none because the source removed it then. */
  deletedAt: Date | undefined;
}

export const sameTime = (a: Date | null | undefined, b: Date | null | undefined): boolean =>
  (a?.getTime() ?? null) === (b?.getTime() ?? null);

/**
 * The state that the target has. A row that was changed there since, by whatever door, is as new as that change: its
 * own time counts then.
 */
export function knownOf(version: VersionRow | undefined, targetAt: Date | undefined): Known {
  if (!targetAt) return { at: undefined, deletedAt: (version?.is_deleted && version.source_updated_at) || undefined };
  const isOurs = version?.target_updated_at && sameTime(version.target_updated_at, targetAt);
  return { at: isOurs ? (version.source_updated_at ?? targetAt) : targetAt, deletedAt: undefined };
}

/** A write that a crash cut off: it happened if the target is no longer what it was before. */
export async function settlePending(
  key: VersionKey,
  version: VersionRow | undefined,
  targetAt: Date | undefined,
): Promise<VersionRow | undefined> {
  if (!version?.pending_at) return version;
  const didHappen = !sameTime(version.base_updated_at, targetAt);
  const kept = didHappen
    ? { source_updated_at: version.pending_at, target_updated_at: targetAt ?? null, is_deleted: !targetAt }
    : {};
  await endWrite(key, kept);
  return { ...version, ...kept, pending_at: null, base_updated_at: null };
}
