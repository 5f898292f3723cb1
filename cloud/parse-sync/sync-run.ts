import { AppError, toFailureRecord } from '../../core/errors';
import type { Ctx } from '../../core/context';
import { systemContext } from '../../core/parse/trigger-context';
import type { DataJobEnd, DataJobRun } from '../data-jobs/kind';
import { behind, keepCursor, readCursor, type Cursor } from './cursor.store';
import { pullBatch } from './pull';
import { pushBatch } from './push';
import { remoteServer } from './remote';
import { BATCH, localRows, remoteRows, type Step } from './sync-step';
import { NO_SYNC, Tally, type SyncJob, type SyncState } from './sync-state';

/** What was written while the last run passed by may lie before where it ended. */
const OVERLAP_MS = 60_000;
const DIRECTIONS = { pull: ['pull'], push: ['push'], both: ['pull', 'push'] } as const;

/** Step by step from where the row says; a batch that a crash cut off is done again, and counted once. */
export async function runSync(_ctx: Ctx, run: DataJobRun<SyncJob>): Promise<DataJobEnd<SyncJob>> {
  const { job } = run;
  const { entities, direction } = job.options;
  const steps = entities.flatMap((className) => DIRECTIONS[direction].map((way) => ({ className, way })));
  let state = job.sync ?? NO_SYNC;
  try {
    for (const { className, way } of steps.slice(state.step)) {
      state = await runStep(run, { className, way, of: steps.length }, state);
    }
  } catch (error) {
    if (!isRefusedThere(error)) throw error;
    return { error: toFailureRecord(error), change: { sync_key: null } };
  }
  return { change: { sync: state, sync_key: null } };
}

/** A wrong key stays wrong. */
function isRefusedThere(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  return error.code === 'INTEGRATION_NOT_CONFIGURED' || [401, 403].includes(error.details['status'] as number);
}

interface StepName {
  className: string;
  way: 'pull' | 'push';
  of: number;
}

async function runStep(
  run: DataJobRun<SyncJob>,
  { className, way, of }: StepName,
  begun: SyncState,
): Promise<SyncState> {
  const { job, signal, check } = run;
  const server = remoteServer();
  const step: Step = {
    ctx: systemContext('parse-sync', job.tenantId),
    server,
    peer: `pair:${server.url}`,
    jobId: `${job.job_id}:${job.retries}`,
    tenantId: job.tenantId,
    className,
    signal,
    check,
  };
  const key = { peer: step.peer, tenant_id: job.tenantId, class_name: className, direction: way };
  const kept = await readCursor(key);
  let state = begun;
  let cursor = state.cursor ? { at: new Date(state.cursor.at), id: state.cursor.id } : firstCursor(job, kept);
  for (;;) {
    check();
    const rows = await (way === 'pull' ? remoteRows : localRows)(step, behind(cursor));
    const tally = new Tally(className);
    await (way === 'pull' ? pullBatch : pushBatch)(step, rows, tally);
    const last = rows.at(-1);
    if (last) cursor = { at: new Date(last.updatedAt), id: last.objectId };
    const isOver = rows.length < BATCH;
    const next = tally.onto(state, isOver ? null : { at: cursor.at.toISOString(), id: cursor.id });
    state = isOver ? { ...next, step: next.step + 1 } : next;
    await run.note({ sync: state, progress: Math.floor((99 * state.step) / of) });
    if (last && (!kept || cursor.at >= kept.at)) await keepCursor(key, cursor);
    if (isOver) return state;
  }
}

function firstCursor({ options: { since } }: SyncJob, kept: Cursor | undefined): Cursor {
  if (since !== null) return { at: new Date(since), id: '' };
  return { at: new Date(Math.max(0, (kept?.at.getTime() ?? 0) - OVERLAP_MS)), id: '' };
}
