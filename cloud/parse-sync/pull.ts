import { AppError, toAppError } from '../../core/errors';
import type { ParseRow } from '../../core/parse/internals';
import { hasTenant, localTarget } from './local-target';
import { changeTo, contentOf, isSameContent } from './row-content';
import { byId, localRows, type Step } from './sync-step';
import type { Tally } from './sync-state';
import type { Target } from './target';
import { sameTime, settlePending } from './version';
import { beginWrite, endWrite, findVersions, type VersionKey, type VersionRow } from './version.store';

/** How often a row may change here while it is written. */
const MAX_TRIES = 5;

/** Rows of the other server that are new or newer. */
export async function pullBatch(step: Step, rows: readonly ParseRow[], tally: Tally): Promise<void> {
  const { peer, className } = step;
  const ids = rows.map(({ objectId }) => objectId);
  const target = await localTarget(step.ctx);
  const [versions, here] = await Promise.all([
    findVersions(peer, className, ids),
    localRows(step, { objectId: { $in: ids } }).then(byId),
  ]);
  for (const there of rows) {
    step.check();
    const id = there.objectId;
    await pullOne({ step, target, tally, there }, versions.get(id), here.get(id));
  }
}

interface Pulling {
  step: Step;
  target: Target;
  tally: Tally;
  there: ParseRow;
}

async function pullOne(pulling: Pulling, stored: VersionRow | undefined, here: ParseRow | undefined): Promise<void> {
  const { step, tally, there } = pulling;
  const key = { peer: step.peer, class_name: step.className, object_id: there.objectId };
  const thereAt = new Date(there.updatedAt);
  const hereAt = here && new Date(here.updatedAt);
  const version = await settlePending(key, stored, hereAt);
  if (version && sameTime(version.source_updated_at, thereAt)) {
    // By this very job, in a batch that a crash cut off: not counted yet.
    if (version.job_id !== step.jobId || !version.outcome?.startsWith('pulled')) return tally.add('unchanged');
    if (version.outcome === 'pulled-conflict') tally.conflict(there.objectId, 'there');
    return tally.add('pulled');
  }
  if (isForeign(step, there)) return tally.failed(there.objectId, 'The object is of another tenant.');
  const isChangedHere = hereAt !== undefined && !sameTime(version?.target_updated_at, hereAt);
  if (here && isChangedHere && isSameContent(here, there)) {
    await endWrite(key, { source_updated_at: thereAt, target_updated_at: hereAt, is_deleted: false });
    return tally.add('unchanged');
  }
  if (isChangedHere && hereAt >= thereAt) {
    // To be pushed; the step that does it knows then that this has been told.
    await endWrite(key, { job_id: step.jobId, outcome: 'conflict' });
    return tally.conflict(there.objectId, 'here');
  }
  await take(pulling, { key, thereAt, here, isConflict: isChangedHere });
}

interface Taking {
  key: VersionKey;
  thereAt: Date;
  here: ParseRow | undefined;
  isConflict: boolean;
}

async function take(pulling: Pulling, taking: Taking, left = MAX_TRIES): Promise<void> {
  const { step, target, tally, there } = pulling;
  const { key, thereAt, here, isConflict } = taking;
  const { tenant: _tenant, ...content } = contentOf(there);
  const base = here && new Date(here.updatedAt);
  const move = { job_id: step.jobId, outcome: isConflict ? 'pulled-conflict' : 'pulled' };
  await beginWrite(key, thereAt, base ?? null, move);
  try {
    const { updatedAt } = here
      ? await target.update(step.className, there.objectId, changeTo(content, here), base!)
      : await target.create(step.className, there.objectId, content);
    await endWrite(key, { source_updated_at: thereAt, target_updated_at: updatedAt, is_deleted: false, ...move });
  } catch (error) {
    const known = toAppError(error);
    if (known.status >= 500) throw error;
    await endWrite(key);
    return isStale(known, here) && left > 1 ? again(pulling, left - 1) : tally.failed(there.objectId, known.message);
  }
  if (isConflict) tally.conflict(there.objectId, 'there');
  tally.add('pulled');
}

/** It was changed here, or removed, since the batch was read. */
const isStale = ({ code }: AppError, here: ParseRow | undefined): boolean => code === 'NOT_FOUND' && here !== undefined;

async function again(pulling: Pulling, left: number): Promise<void> {
  const { step, tally, there } = pulling;
  const [here] = await localRows(step, { objectId: there.objectId });
  const key = { peer: step.peer, class_name: step.className, object_id: there.objectId };
  const thereAt = new Date(there.updatedAt);
  if (here && new Date(here.updatedAt) >= thereAt) return tally.conflict(there.objectId, 'here');
  await take(pulling, { key, thereAt, here, isConflict: here !== undefined }, left);
}

function isForeign({ className, tenantId }: Step, { tenant }: ParseRow): boolean {
  const named = (tenant as { objectId?: unknown } | null | undefined)?.objectId;
  return hasTenant(className) && named !== undefined && named !== tenantId;
}
