import Parse from 'parse/node';
import { log } from '../../core/log';
import { latestSlot, survivesEdit, type JobSchedule } from './schedule-slots';
import { claimSlot, lastEdit, loadSchedules, markStarted, saveLastRun } from './scheduled-jobs.store';

/** A worker that claimed a slot starts the job in well under this time, or is dead. */
const STALE_CLAIM_MS = 120_000;
const DRAIN_MS = 8000;
const POLL_MS = 250;

/** Slots known to be used, by schedule: saves asking the database for them in every pass. */
const used = new Map<string, number>();
const started = new Set<string>();

/**
 * Starts the Parse jobs of all schedules that are due and that no other worker has started.
 * Nothing in Parse Server does: its dashboard only stores the rows. One faulty row stops no other.
 */
export async function runDueSchedules(now: Date, signal: AbortSignal): Promise<void> {
  for (const schedule of await loadSchedules()) {
    if (signal.aborted) return;
    try {
      await runIfDue(schedule, now);
    } catch (error) {
      log().error({ err: error, schedule: schedule.id, job: schedule.jobName }, 'A schedule could not be run.');
    }
  }
}

/** For the drain: Parse runs a job inside this process and waits for none. Returns after 8 s at the latest. */
export async function waitForStartedJobs(): Promise<void> {
  const deadline = Date.now() + DRAIN_MS;
  while (Date.now() < deadline && (await countRunning()) > 0) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function runIfDue(schedule: JobSchedule, now: Date): Promise<void> {
  const slotMs = latestSlot(schedule, now);
  if (slotMs === undefined || used.get(schedule.id) === slotMs) return;
  const edit = await lastEdit(schedule.id);
  if (edit && !survivesEdit(schedule, slotMs, edit)) return;
  const slot = { scheduleId: schedule.id, slotMs };
  if (!(await claimSlot(slot, now, new Date(now.getTime() - STALE_CLAIM_MS)))) return;
  const jobStatusId = await startJob(schedule);
  await markStarted(slot, now, jobStatusId);
  used.set(schedule.id, slotMs);
  await saveLastRun(schedule.id, now);
}

/** @returns undefined when the job can never be started: no such job, or parameters that are not JSON. */
async function startJob(schedule: JobSchedule): Promise<string | undefined> {
  try {
    const params = readParams(schedule.params);
    // The same request as the dashboard's "run now", answered inside this process.
    const id = await Parse.Cloud.startJob(schedule.jobName, params);
    started.add(id);
    log().info({ job: schedule.jobName, schedule: schedule.id, status: id }, 'A scheduled job was started.');
    return id;
  } catch (error) {
    const isPermanent =
      error instanceof SyntaxError || (error as { code?: unknown }).code === Parse.Error.SCRIPT_FAILED;
    if (!isPermanent) throw error;
    log().error({ err: error, job: schedule.jobName, schedule: schedule.id }, 'A scheduled job cannot be started.');
    return undefined;
  }
}

function readParams(text: string | undefined): Record<string, unknown> {
  const params: unknown = JSON.parse(text || '{}');
  if (typeof params !== 'object' || params === null || Array.isArray(params)) {
    throw new SyntaxError('Parameters must be a JSON object.');
  }
  return params as Record<string, unknown>;
}

async function countRunning(): Promise<number> {
  for (const id of started) {
    const status = await Parse.Cloud.getJobStatus(id).catch(() => undefined);
    if (status?.get('status') !== 'running') started.delete(id);
  }
  return started.size;
}
