import Parse from 'parse/node';
import { database } from '../../core/database/database';
import type { JobSchedule } from './schedule-slots';

/** Only the master key reads and writes `_JobSchedule`; the system is the one that asks. */
const MASTER = { useMasterKey: true };
const MAX_SCHEDULES = 1000;
const COLLECTION = 'app_job_slot';
const EDITS = 'app_job_edit';
const DUPLICATE_KEY = 11_000;

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
  const db = database();
  if (db.kind === 'postgres') {
    await db.pool.query(
      `insert into app.job_edit (schedule_id, edited_at) values ($1, $2)
       on conflict (schedule_id) do update set edited_at = excluded.edited_at`,
      [scheduleId, at],
    );
  } else {
    await db.db
      .collection<EditRow>(EDITS)
      .updateOne({ _id: scheduleId }, { $set: { edited_at: at } }, { upsert: true });
  }
}

/** Undefined while the schedule has the times that it was made with. */
export async function lastEdit(scheduleId: string): Promise<Edit | undefined> {
  const db = database();
  if (db.kind === 'postgres') {
    const { rows } = await db.pool.query<{ edited_at: Date; ran_at: Date | null }>(
      `select e.edited_at, (select max(s.started_at) from app.job_slot s where s.schedule_id = $1) as ran_at
       from app.job_edit e where e.schedule_id = $1`,
      [scheduleId],
    );
    return rows[0] && { editedMs: rows[0].edited_at.getTime(), ranMs: rows[0].ran_at?.getTime() ?? 0 };
  }
  const edit = await db.db.collection<EditRow>(EDITS).findOne({ _id: scheduleId });
  if (!edit) return undefined;
  const [last] = await db.db
    .collection<{ started_at: Date }>(COLLECTION)
    .find({ schedule_id: scheduleId, started_at: { $ne: null } } as object)
    .sort({ started_at: -1 })
    .limit(1)
    .toArray();
  return { editedMs: edit.edited_at.getTime(), ranMs: last?.started_at.getTime() ?? 0 };
}

interface EditRow {
  _id: string;
  edited_at: Date;
}

export interface Slot {
  scheduleId: string;
  slotMs: number;
}

/**
 * One caller over all workers gets true for a slot. A claim that did not become a start by
 * `staleBefore` (its worker died) can be claimed again.
 */
export async function claimSlot({ scheduleId, slotMs }: Slot, now: Date, staleBefore: Date): Promise<boolean> {
  const db = database();
  if (db.kind === 'postgres') {
    const { rowCount } = await db.pool.query(
      `insert into app.job_slot as s (schedule_id, slot_ms, claimed_at) values ($1, $2, $3)
       on conflict (schedule_id, slot_ms) do update set claimed_at = excluded.claimed_at
         where s.started_at is null and s.claimed_at < $4`,
      [scheduleId, slotMs, now, staleBefore],
    );
    return rowCount === 1;
  }
  const slots = db.db.collection(COLLECTION);
  try {
    await slots.insertOne({ schedule_id: scheduleId, slot_ms: slotMs, claimed_at: now, started_at: null });
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code !== DUPLICATE_KEY) throw error;
  }
  const taken = await slots.updateOne(
    { schedule_id: scheduleId, slot_ms: slotMs, started_at: null, claimed_at: { $lt: staleBefore } },
    { $set: { claimed_at: now } },
  );
  return taken.modifiedCount === 1;
}

/** Ends the claim: the slot was used. `jobStatusId` is missing when the job cannot be started at all. */
export async function markStarted({ scheduleId, slotMs }: Slot, at: Date, jobStatusId?: string): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') {
    await db.pool.query(
      'update app.job_slot set started_at = $3, job_status_id = $4 where schedule_id = $1 and slot_ms = $2',
      [scheduleId, slotMs, at, jobStatusId ?? null],
    );
  } else {
    await db.db
      .collection(COLLECTION)
      .updateOne(
        { schedule_id: scheduleId, slot_ms: slotMs },
        { $set: { started_at: at, job_status_id: jobStatusId ?? null } },
      );
  }
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
  const slots = db.db.collection(COLLECTION);
  const latest = slots.aggregate<{ _id: string; slot_ms: number }>([
    { $group: { _id: '$schedule_id', slot_ms: { $max: '$slot_ms' } } },
  ]);
  for await (const { _id, slot_ms } of latest) {
    await slots.deleteMany({ schedule_id: _id, slot_ms: { $lt: Math.min(slot_ms, before.getTime()) } });
  }
}
