import type { JobDefinition } from '../core/job';
import type { OpenQueue } from '../core/queue/bullmq';
import { fitPayload, templateOptions } from '../core/queue/job-options';
import { QUEUE_NAMES } from '../core/queue/names';

/**
 * Makes the queue's schedules those of the definitions, in UTC; removes the others. May run in
 * every worker: the queue keeps one schedule a name, and each slot gives one job.
 * @throws when a scheduled job's payload needs fields, because nobody would fill them
 */
export async function syncSchedules(queue: OpenQueue, definitions: readonly JobDefinition[]): Promise<void> {
  const scheduled = definitions.filter((definition) => definition.schedule);
  for (const definition of scheduled) {
    const data = fitPayload(definition.payload.parse({}));
    await queue.queue(definition.queue).upsertJobScheduler(definition.name, repeatOf(definition), {
      name: definition.name,
      data,
      opts: templateOptions(definition, queue.settings),
    });
  }
  for (const name of QUEUE_NAMES) {
    const wanted = new Set(scheduled.filter(({ queue }) => queue === name).map((definition) => definition.name));
    for (const { key } of await queue.queue(name).getJobSchedulers()) {
      if (!wanted.has(key)) await queue.queue(name).removeJobScheduler(key);
    }
  }
}

function repeatOf({ schedule }: JobDefinition): { every: number } | { pattern: string; tz: string } {
  return schedule && 'everyMs' in schedule ? { every: schedule.everyMs } : { pattern: schedule?.cron ?? '', tz: 'UTC' };
}
