import Parse from 'parse/node';
import { database } from '../../core/database/database';
import { Table } from '../../core/database/kit/table';
import { lt, not } from '../../core/database/kit/where';
import type { JobSchedule } from './schedule-slots';

/** Only the master key reads and writes `_JobSchedule`; the system is the one that asks. */
const MASTER = { useMasterKey: true };
const MAX_SCHEDULES = 1000;
const COLLECTION = 'app_job_slot';

interface SlotRow {
  schedule_id: string;
  slot_ms: number;
  claimed_at: Date;
  started_at: Date | null;
  job_status_id: string | null;
}

const slots = new Table<SlotRow>({
  table: 'job_slot',
  key: ['schedule_id', 'slot_ms'],
  columns: {
    schedule_id: 'plain',
    slot_ms: 'integer',
    claimed_at: 'plain',
    started_at: 'plain',
    job_status_id: 'plain',
  },
});

const edits = new Table<{ schedule_id: string; edited_at: Date }>({
  table: 'job_edit',
  key: ['schedule_id'],
  columns: { schedule_id: 'plain', edited_at: 'plain' },
});

export async function loadSchedules(): Promise<JobSchedule[]> {
  const rows = await new Parse.Query('_JobSchedule').limit(MAX_SCHEDULES).find(MASTER);
  return rows.map((row) => ({
    id: row.id!,
    jobName: row.get('jobName') as string,
    params: row.get('params') as string | undefined,
    startAfter: row.get('startAfter') as string | undefined,
    daysOfWeek: row.get('daysOfWeek') as unknown[] | undefined,
    timeOfDay: row.get('timeOfDay') as string | undefined,
    repeatMinutes: row.get('repeatMinutes') as number | undefined,
  }));
}

/** Milliseconds since 1970: nothing else reads or writes the field. */
export async function saveLastRun(scheduleId: string, at: Date): Promise<void> {
  const row = new Parse.Object('_JobSchedule');
  row.id = scheduleId;
  await row.save({ lastRun: at.getTime() }, MASTER);
}

/** When the times of a schedule were edited, and when it last ran: milliseconds since 1970. */
export interface Edit {
  editedMs: number;
  ranMs: number;
}

/** Parse keeps no time of the change in these rows. */
export async function noteEdit(scheduleId: string, at: Date): Promise<void> {
  await edits.upsert({ schedule_id: scheduleId, edited_at: at });
}

/** Undefined while the schedule has the times that it was made with. */
export async function lastEdit(scheduleId: string): Promise<Edit | undefined> {
  const edit = await edits.find({ schedule_id: scheduleId });
  if (!edit) return undefined;
  const started = { schedule_id: scheduleId, started_at: not(null) };
  const [last] = await slots.list(started, { order: [['started_at', 'desc']], limit: 1 });
  return { editedMs: edit.edited_at.getTime(), ranMs: last?.started_at?.getTime() ?? 0 };
}

export interface Slot {
  scheduleId: string;
  slotMs: number;
}

/**
 * One caller over all workers gets true for a slot. A claim that did not become a start by
 * `staleBefore` (its worker died) can be claimed again.
 */
export function claimSlot({ scheduleId, slotMs }: Slot, now: Date, staleBefore: Date): Promise<boolean> {
  const claim = { schedule_id: scheduleId, slot_ms: slotMs, claimed_at: now };
  return slots.takeOver(claim, { started_at: null, claimed_at: lt(staleBefore) });
}

/** Ends the claim: the slot was used. `jobStatusId` is missing when the job cannot be started at all. */
export async function markStarted({ scheduleId, slotMs }: Slot, at: Date, jobStatusId?: string): Promise<void> {
  const started = { started_at: at, job_status_id: jobStatusId ?? null };
  await slots.update({ schedule_id: scheduleId, slot_ms: slotMs }, started);
}

/** Removes old slots but each schedule's latest: a one-time schedule would run again without it. */
export async function trimSlots(before: Date): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') {
    await db.pool.query(
      `delete from app.job_slot s where slot_ms < $1
         and exists (select 1 from app.job_slot later where later.schedule_id = s.schedule_id and later.slot_ms > s.slot_ms)`,
      [before.getTime()],
    );
    return;
  }
  const found = db.db.collection(COLLECTION);
  const latest = found.aggregate<{ _id: string; slot_ms: number }>([
    { $group: { _id: '$schedule_id', slot_ms: { $max: '$slot_ms' } } },
  ]);
  for await (const { _id, slot_ms } of latest) {
    await found.deleteMany({ schedule_id: _id, slot_ms: { $lt: Math.min(slot_ms, before.getTime()) } });
  }
}
