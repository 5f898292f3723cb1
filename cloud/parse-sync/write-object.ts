import { AppError, toAppError } from '../../core/errors';
import type { Lease } from '../../core/lease/lease';
import type { Fields, Target } from './target';
import { knownOf, sameTime, settlePending } from './version';
import { beginWrite, endWrite, findVersion, type VersionKey } from './version.store';

export interface ObjectWrite {
  target: Target;
  operation: 'upsert' | 'create' | 'update' | 'delete';
  className: string;
  /** Undefined for one that the target is to name. */
  objectId: string | undefined;
  fields: Fields;
  /** When the source changed it; undefined: now, whatever is there. */
  sourceAt: Date | undefined;
  now: Date;
}

export interface ObjectWritten {
  objectId: string;
  created: boolean;
  /** False where the target had this state already. */
  applied: boolean;
  /** Of the state that the target has now, in the source's time. */
  updatedAt: string;
}

/** How often a row may change under the write's hands, by doors that know nothing of sources. */
const MAX_TRIES = 10;

/** Under the object's lease. @throws AppError NOT_FOUND, CONFLICT, and as the target refuses */
export async function writeObject(write: ObjectWrite, lease: Lease | undefined): Promise<ObjectWritten> {
  for (let left = MAX_TRIES; ; left -= 1) {
    const seen = await look(write);
    const same = checked(write, seen);
    if (same) return same;
    await lease?.confirm();
    try {
      return await carryOut(write, seen);
    } catch (error) {
      // Changed or removed since it was read: judged again.
      const isStale = error instanceof AppError && error.code === 'NOT_FOUND' && write.operation !== 'delete';
      if (!isStale || left <= 1) throw error;
    }
  }
}

interface Seen {
  /** The row's own time; undefined: there is none. */
  targetAt: Date | undefined;
  knownAt: Date | undefined;
  deletedAt: Date | undefined;
}

async function look({ target, className, objectId }: ObjectWrite): Promise<Seen> {
  if (objectId === undefined) return { targetAt: undefined, knownAt: undefined, deletedAt: undefined };
  const key = { peer: target.peer, class_name: className, object_id: objectId };
  const [row, stored] = await Promise.all([target.find(className, objectId), findVersion(key)]);
  const targetAt = row && new Date(row.updatedAt);
  const { at, deletedAt } = knownOf(await settlePending(key, stored, targetAt), targetAt);
  return { targetAt, knownAt: at, deletedAt };
}

/** The answer where there is nothing to do. @throws AppError NOT_FOUND, CONFLICT */
function checked(write: ObjectWrite, { targetAt, knownAt, deletedAt }: Seen): ObjectWritten | undefined {
  const { operation, className, objectId, sourceAt } = write;
  const isThere = targetAt !== undefined;
  if (operation === 'create' && isThere) throw new AppError('CONFLICT', `There is a ${className} ${objectId} already.`);
  const isDone = sourceAt !== undefined && sameTime(sourceAt, knownAt ?? deletedAt);
  if (isDone && isThere === (operation !== 'delete')) {
    return { objectId: objectId!, created: false, applied: false, updatedAt: sourceAt.toISOString() };
  }
  if (!isThere && (operation === 'update' || operation === 'delete')) {
    throw new AppError('NOT_FOUND', `There is no ${className} ${objectId}.`);
  }
  const latest = knownAt ?? deletedAt;
  // Of a state and a removal at the same time the removal stays.
  if (sourceAt && latest && (sourceAt < latest || (deletedAt && !isThere && sameTime(sourceAt, deletedAt)))) {
    throw new AppError('CONFLICT', `${className} ${objectId} is newer here than what was sent.`, {
      details: {
        reason: 'older',
        objectId,
        updatedAt: sourceAt.toISOString(),
        stored_updatedAt: latest.toISOString(),
        deleted: !isThere,
      },
    });
  }
  return undefined;
}

async function carryOut(write: ObjectWrite, { targetAt }: Seen): Promise<ObjectWritten> {
  const { target, operation, className, objectId, sourceAt, now } = write;
  const key = objectId === undefined ? undefined : { peer: target.peer, class_name: className, object_id: objectId };
  const isRemoval = operation === 'delete';
  // A change without a time of its own is one of now, as the row says by itself; of a removal there is no row to say it.
  const at = sourceAt ?? (isRemoval ? now : undefined);
  if (key && at) await beginWrite(key, at, targetAt ?? null);
  try {
    const written = await save(write, targetAt);
    const updatedAt = written?.updatedAt ?? null;
    const done = { ...keyOf(write, written?.id ?? objectId!) };
    if (at) await endWrite(done, { source_updated_at: at, target_updated_at: updatedAt, is_deleted: isRemoval });
    return {
      objectId: done.object_id,
      created: !isRemoval && targetAt === undefined,
      applied: true,
      updatedAt: (at ?? updatedAt!).toISOString(),
    };
  } catch (error) {
    // Refused: nothing was written. What else went wrong may have been, and the next look tells.
    if (key && at && toAppError(error).status < 500) await endWrite(key);
    throw error;
  }
}

function keyOf({ target, className }: ObjectWrite, objectId: string): VersionKey {
  return { peer: target.peer, class_name: className, object_id: objectId };
}

async function save({ target, operation, className, objectId, fields }: ObjectWrite, targetAt: Date | undefined) {
  if (operation === 'delete') {
    await target.remove(className, objectId!);
    return undefined;
  }
  return targetAt === undefined
    ? target.create(className, objectId, fields)
    : target.update(className, objectId!, fields, targetAt);
}
