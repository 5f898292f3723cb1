import { parseInstant } from '../../values/instant';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAYS_BACK = 7;

/** A row of `_JobSchedule` as Parse Dashboard writes it. All times are UTC. */
export interface JobSchedule {
  id: string;
  jobName: string;
  /** JSON text. */
  params: string | undefined;
  /** ISO time: nothing runs before. The server sets it when the form leaves it out. */
  startAfter: string | undefined;
  /** Seven flags, Sunday first; missing: every day. */
  daysOfWeek: readonly unknown[] | undefined;
  /** `HH:MM:00.000Z`: the first slot of a day. */
  timeOfDay: string | undefined;
  /** Missing or 0: runs once, at `startAfter`. */
  repeatMinutes: number | undefined;
}

export type Timing = Pick<JobSchedule, 'startAfter' | 'daysOfWeek' | 'timeOfDay' | 'repeatMinutes'>;

/** What decides when a schedule runs, as one text: another one means that its times were edited. */
export function timingOf({ startAfter, daysOfWeek, timeOfDay, repeatMinutes }: Timing): string {
  return JSON.stringify([startAfter, daysOfWeek?.map(Boolean), timeOfDay, repeatMinutes || 0]);
}

/**
 * Whether a slot is to be run though its schedule was edited at `editedMs`, milliseconds since 1970. A time that had
 * passed when it was chosen is none to make up for: such a schedule runs at its next one. What runs once is meant to run
 * when its start is moved, unless it ran since then.
 */
export function survivesEdit(
  schedule: JobSchedule,
  slotMs: number,
  edit: { editedMs: number; ranMs: number },
): boolean {
  return schedule.repeatMinutes ? slotMs > edit.editedMs : slotMs > edit.ranMs;
}

/**
 * The latest moment at or before `now` at which the schedule was to run, milliseconds since 1970;
 * undefined when there was none yet. Earlier missed slots are gone: after an outage a job runs
 * once, not once for each slot. @throws when a field is not readable
 */
export function latestSlot(schedule: JobSchedule, now: Date): number | undefined {
  const startMs = parseTime(schedule.startAfter) ?? 0;
  const nowMs = now.getTime();
  if (startMs > nowMs) return undefined;
  if (!schedule.repeatMinutes) return schedule.startAfter === undefined ? undefined : startMs;
  const repeatMs = Math.max(1, Math.round(schedule.repeatMinutes)) * MINUTE_MS;
  const offsetMs = parseTimeOfDay(schedule.timeOfDay);
  const slot =
    repeatMs > DAY_MS
      ? everyFewDays({ startMs, nowMs, repeatMs, offsetMs })
      : withinDays({ schedule, nowMs, repeatMs, offsetMs });
  return slot !== undefined && slot >= startMs && runsOn(schedule, slot) ? slot : undefined;
}

/** Counting starts anew each day at `timeOfDay`, as the dashboard words it: "each day, every n minutes, after …". */
function withinDays(given: {
  schedule: JobSchedule;
  nowMs: number;
  repeatMs: number;
  offsetMs: number;
}): number | undefined {
  const today = Math.floor(given.nowMs / DAY_MS) * DAY_MS;
  for (let back = 0; back <= DAYS_BACK; back += 1) {
    const first = today - back * DAY_MS + given.offsetMs;
    if (first > given.nowMs || !runsOn(given.schedule, first)) continue;
    const last = Math.min(given.nowMs, today - back * DAY_MS + DAY_MS - 1);
    return first + Math.floor((last - first) / given.repeatMs) * given.repeatMs;
  }
  return undefined;
}

/** Intervals longer than a day count from the first `timeOfDay` after the start. */
function everyFewDays(given: {
  startMs: number;
  nowMs: number;
  repeatMs: number;
  offsetMs: number;
}): number | undefined {
  const startDay = Math.floor(given.startMs / DAY_MS) * DAY_MS + given.offsetMs;
  const first = startDay >= given.startMs ? startDay : startDay + DAY_MS;
  if (first > given.nowMs) return undefined;
  return first + Math.floor((given.nowMs - first) / given.repeatMs) * given.repeatMs;
}

function runsOn({ daysOfWeek }: JobSchedule, slotMs: number): boolean {
  return !daysOfWeek?.length || Boolean(daysOfWeek[new Date(slotMs).getUTCDay()]);
}

function parseTime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseInstant(text);
  if (ms === undefined) throw new Error(`"${text}" is not a time.`);
  return ms;
}

function parseTimeOfDay(text: string | undefined): number {
  if (text === undefined) return 0;
  const match = /^(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d+)?)?Z?$/.exec(text);
  if (!match) throw new Error(`"${text}" is not a time of day.`);
  return (Number(match[1]) * 60 + Number(match[2])) * MINUTE_MS + Number(match[3] ?? 0) * 1000;
}
