import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorCode } from 'bullmq';
import type { JobDefinition } from '../core/job';
import type { OpenQueue } from '../core/queue/bullmq';
import { fitPayload, templateOptions } from '../core/queue/job-options';

/**
 * Makes the queue's schedules those of the definitions, in UTC; removes the others. May run in
 * every worker: the queue keeps one schedule a name, and each slot gives one job.
 * @throws when a scheduled job's payload needs fields, because nobody would fill them
 */
export async function syncSchedules(queue: OpenQueue, definitions: readonly JobDefinition[]): Promise<void> {
  const scheduled = definitions.filter((definition) => definition.schedule);
  for (const definition of scheduled) {
    const data = fitPayload(definition.payload.parse({}));
    const template = { name: definition.name, data, opts: templateOptions(definition, queue.settings) };
    await untilAlone(() =>
      queue.queue(definition.queue).upsertJobScheduler(definition.name, repeatOf(definition), template),
    );
  }
  for (const name of queue.names) {
    const wanted = new Set(scheduled.filter(({ queue }) => queue === name).map((definition) => definition.name));
    for (const { key } of await queue.queue(name).getJobSchedulers()) {
      if (!wanted.has(key)) await queue.queue(name).removeJobScheduler(key);
    }
  }
}

const DEADLOCK = '40P01';
const COLLISIONS: ReadonlySet<unknown> = new Set([
  ErrorCode.SchedulerJobIdCollision,
  ErrorCode.SchedulerJobSlotsBusy,
  DEADLOCK,
]);
const TRIES = 10;

/**
 * On PostgreSQL BullMQ 6.7 refuses a schedule whose next job another process makes at the same moment, or waits for it
 * in a circle that PostgreSQL breaks: a worker that
 * starts beside this one, or one that begins a slot. The next try finds that job and replaces it.
 */
async function untilAlone(upsert: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await upsert();
      return;
    } catch (error) {
      if (tries === TRIES || !COLLISIONS.has((error as { code?: unknown }).code)) throw error;
      await sleep(Math.random() * 50 * tries);
    }
  }
}

function repeatOf({ schedule }: JobDefinition): { every: number } | { pattern: string; tz: string } {
  return schedule && 'everyMs' in schedule ? { every: schedule.everyMs } : { pattern: schedule?.cron ?? '', tz: 'UTC' };
}
