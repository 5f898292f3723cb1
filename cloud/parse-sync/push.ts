import type { ParseRow } from '../../core/parse/internals';
import { refusalOf } from './remote';
import { changeTo, contentOf, isSameContent } from './row-content';
import { byId, remoteBatch, remoteRows, type BatchRequest, type Step } from './sync-step';
import type { Tally } from './sync-state';
import { sameTime } from './version';
import { endWrite, findVersions, type VersionKey, type VersionRow } from './version.store';

/** Rows of this server that are new or newer, but for those that were just pulled. */
export async function pushBatch(step: Step, rows: readonly ParseRow[], tally: Tally): Promise<void> {
  const ids = rows.map(({ objectId }) => objectId);
  const versions = await findVersions(step.peer, step.className, ids);
  const changed = rows.filter((row) => isChanged(step, row, versions.get(row.objectId), tally));
  if (!changed.length) return;
  const there = byId(await remoteRows(step, { objectId: { $in: changed.map(({ objectId }) => objectId) } }));
  const sent: { row: ParseRow; request: BatchRequest }[] = [];
  for (const row of changed) {
    const request = await requestFor(step, row, {
      there: there.get(row.objectId),
      version: versions.get(row.objectId),
      tally,
    });
    if (request) sent.push({ row, request });
  }
  // So that a job that goes on after a crash knows its own writes from another's.
  for (const { row } of sent) await endWrite(keyOf(step, row), { job_id: step.jobId, outcome: 'pushing' });
  step.check();
  const replies = await remoteBatch(
    step,
    sent.map(({ request }) => request),
  );
  for (const [index, { row }] of sent.entries()) {
    const { success, error } = replies[index] ?? {};
    const at = success?.updatedAt ?? success?.createdAt;
    if (at === undefined) tally.failed(row.objectId, refusalOf(400, error).message);
    else await notePushed(step, row, new Date(at), tally);
  }
}

const keyOf = ({ peer, className }: Step, { objectId }: ParseRow): VersionKey => ({
  peer,
  class_name: className,
  object_id: objectId,
});

function isChanged(step: Step, row: ParseRow, version: VersionRow | undefined, tally: Tally): boolean {
  if (!version || version.pending_at || !sameTime(version.target_updated_at, new Date(row.updatedAt))) return true;
  if (version.job_id !== step.jobId) tally.add('unchanged');
  // In a batch that a crash cut off: not counted yet. What this job pulled has been.
  else if (version.outcome === 'pushed') tally.add('pushed');
  return false;
}

interface Other {
  there: ParseRow | undefined;
  version: VersionRow | undefined;
  tally: Tally;
}

/** Undefined where there is nothing to send. */
async function requestFor(
  step: Step,
  row: ParseRow,
  { there, version, tally }: Other,
): Promise<BatchRequest | undefined> {
  const path = `/classes/${step.className}`;
  const content = contentOf(row);
  if (!there) return { method: 'POST', path, body: { ...content, objectId: row.objectId } };
  const [hereAt, thereAt] = [new Date(row.updatedAt), new Date(there.updatedAt)];
  const isOwn = version?.job_id === step.jobId;
  if (!sameTime(version?.source_updated_at, thereAt)) {
    if (isSameContent(row, there)) {
      if (isOwn && version.outcome === 'pushing') await notePushed(step, row, thereAt, tally);
      else {
        await endWrite(keyOf(step, row), { source_updated_at: thereAt, target_updated_at: hereAt, is_deleted: false });
        tally.add('unchanged');
      }
      return undefined;
    }
    const isTold = isOwn && version.outcome === 'conflict';
    if (!isTold) tally.conflict(row.objectId, hereAt >= thereAt ? 'here' : 'there');
    // The next pull brings it.
    if (hereAt < thereAt) return undefined;
  }
  return { method: 'PUT', path: `${path}/${encodeURIComponent(row.objectId)}`, body: changeTo(content, there) };
}

async function notePushed(step: Step, row: ParseRow, thereAt: Date, tally: Tally): Promise<void> {
  await endWrite(keyOf(step, row), {
    source_updated_at: thereAt,
    target_updated_at: new Date(row.updatedAt),
    is_deleted: false,
    job_id: step.jobId,
    outcome: 'pushed',
  });
  tally.add('pushed');
}
