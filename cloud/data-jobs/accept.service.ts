import type { Ctx } from '../../core/context';
import { newJobId, newObjectId } from '../../core/ids';
import { JOB_CLASSES } from '../../core/job';
import type { DataJobKind } from './kind';
import { DEFAULT_QUEUE } from './kinds';
import type { JobIdentity, JobRow } from './job-row';
import { firstEstimate } from './run/estimate';
import { offerSoon } from './run/offer';
import { jobStore } from './store/job.store';

export interface Acceptance<R extends JobRow> {
  tenantId: string;
  /** The kind's own; JSON. */
  options: R['options'];
  /** A file among the uploads, durable before this is called. */
  input?: { name: string; fileName: string; contentType: string; sizeBytes: number };
  /** The kind's columns, those of `initial` apart. */
  columns?: Partial<Omit<R, keyof JobRow>>;
}

/**
 * Stores a job, with the caller as its owner; undefined when another one has the same value in a unique column. Then
 * {@link startDataJob}: what is stored is run, even if the process dies in between.
 */
export async function storeDataJob<R extends JobRow>(
  ctx: Ctx,
  kind: DataJobKind,
  { tenantId, options, input, columns }: Acceptance<R>,
): Promise<R | undefined> {
  const now = ctx.clock.now();
  const job = { ...newJob(ctx, kind), ...kind.initial, ...columns } as R;
  Object.assign(job, {
    tenantId,
    options,
    input_path: input?.name ?? null,
    input_name: input?.fileName ?? '',
    input_type: input?.contentType ?? '',
    input_bytes: input?.sizeBytes ?? 0,
    estimated_completion: firstEstimate(input?.sizeBytes ?? 0, now),
    createdAt: now,
  });
  return (await jobStore().insert(job)) ? job : undefined;
}

/** Hands a stored job to the queue; where that is away, the sweeper does it. */
export function startDataJob(ctx: Ctx, job: JobRow): Promise<void> {
  return offerSoon(ctx, job);
}

/** By a unique column of its kind. */
export async function findDataJob<R extends JobRow>(column: string & keyof R, value: string): Promise<R | undefined> {
  return (await jobStore().findBy(column, value)) as R | undefined;
}

function newJob(ctx: Ctx, kind: DataJobKind): Omit<JobRow, keyof JobIdentity | 'createdAt' | 'estimated_completion'> {
  const identity = {
    job_id: newJobId(),
    id: newObjectId(),
    kind: kind.kind,
    queue: kind.queue ?? DEFAULT_QUEUE,
    priority: JOB_CLASSES[kind.class].priority,
    max_attempts: JOB_CLASSES[kind.class].attempts,
    ownerId: ctx.actor.kind === 'user' ? ctx.actor.userId : undefined,
  };
  return { ...identity, ...FRESH };
}

/** What a job says before it was ever begun, at first and at each retry. */
export const FRESH = {
  status: 'queued',
  phase: null,
  progress: 0,
  attempts: 0,
  failures: 0,
  retries: 0,
  started_at: null,
  completed_at: null,
  cancel_requested_at: null,
  error: null,
  lease_until: null,
  lease_token: null,
} as const;
