import type Parse from 'parse/node';
import type { TriggerRegistry } from '../../core/triggers';
import { timingOf } from './schedule-slots';
import { noteEdit } from './scheduled-jobs.store';

/** Before the row changes: a worker that sees the new times knows that they were edited. */
export function noteScheduleEdits(triggers: TriggerRegistry): void {
  triggers.on('_JobSchedule', 'beforeSave', async ({ ctx, object, original }) => {
    if (original?.id && timing(original) !== timing(object)) await noteEdit(original.id, ctx.clock.now());
  });
}

const timing = (row: Parse.Object): string =>
  timingOf({
    startAfter: row.get('startAfter') as string | undefined,
    daysOfWeek: row.get('daysOfWeek') as unknown[] | undefined,
    timeOfDay: row.get('timeOfDay') as string | undefined,
    repeatMinutes: row.get('repeatMinutes') as number | undefined,
  });
