import { countMinutes, deleteMinutesBefore, saveHeartbeat } from './uptime.store';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;
const REMEMBER_MS = 30_000;

/** Percent of minutes in which the service lived. */
export interface Uptime {
  current: number;
  monthly: number;
  yearly: number;
  /** ISO time of the first heartbeat; null before there is one. */
  since: string | null;
}

let remembered: { at: number; value: Promise<Uptime> } | undefined;

export async function beat(now: Date): Promise<void> {
  await saveHeartbeat(minuteOf(now));
}

/** Of the last day, 30 days and 365 days, from the first heartbeat on. Counted every 30 s at most. */
export function uptime(now: Date): Promise<Uptime> {
  if (!remembered || now.getTime() - remembered.at > REMEMBER_MS) {
    const value = measure(minuteOf(now));
    remembered = { at: now.getTime(), value };
    // A failure is not worth remembering.
    value.catch(() => (remembered = undefined));
  }
  return remembered.value;
}

/** A year and a day is enough for `yearly`. */
export async function trimUptime(now: Date): Promise<void> {
  await deleteMinutesBefore(minuteOf(now) - 366 * DAY_MINUTES);
}

async function measure(minute: number): Promise<Uptime> {
  const [current, monthly, yearly] = await Promise.all(
    [1, 30, 365].map((days) => share(minute - days * DAY_MINUTES, minute)),
  );
  const { first } = current!;
  return {
    current: current!.percent,
    monthly: monthly!.percent,
    yearly: yearly!.percent,
    since: first === undefined ? null : new Date(first * MINUTE_MS).toISOString(),
  };
}

/** Whole minutes only: the one that runs may still get its heartbeat. */
async function share(from: number, to: number): Promise<{ percent: number; first: number | undefined }> {
  const { count, first } = await countMinutes(from, to);
  const expected = to - Math.max(from, first ?? to);
  return { percent: expected <= 0 ? 100 : Math.round((10_000 * count) / expected) / 100, first };
}

const minuteOf = (now: Date): number => Math.floor(now.getTime() / MINUTE_MS);
