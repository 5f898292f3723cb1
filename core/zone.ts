const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Caps of the caches; a full cache is emptied, which costs time but never correctness. */
const MAX_CACHED_DAYS = 20_000;
const MAX_CACHED_ZONES = 1_000;

/** What one UTC day looks like in a zone: one offset, or two with the instant of the change. */
interface DayOffsets {
  before: number;
  after: number;
  /** Instant (ms) at which `after` begins to hold; Infinity for a day without a change. */
  changesAt: number;
}

interface Zone {
  isUtc: boolean;
  format: Intl.DateTimeFormat;
  days: Map<number, DayOffsets>;
}

const zones = new Map<string, Zone>();
const dayNames = new Map<number, string>();

/**
 * The calendar day of an instant in a zone.
 * @param instantMs milliseconds since 1970 UTC
 * @returns `YYYY-MM-DD`
 * @throws RangeError for an unknown zone
 */
export function dayInZone(instantMs: number, timeZone: string): string {
  return nameOfDay(Math.floor((instantMs + offsetAt(instantMs, zoneOf(timeZone))) / DAY_MS));
}

/**
 * The first instant (ms) of a calendar day in a zone, also where midnight is skipped by a clock change.
 * @param day `YYYY-MM-DD`
 * @throws RangeError for a malformed day or an unknown zone
 */
export function startOfDay(day: string, timeZone: string): number {
  const zone = zoneOf(timeZone);
  const local = numberOfDay(day) * DAY_MS;
  if (zone.isUtc) return local;
  const { instant, gapEndsAt } = resolveLocal(local, zone);
  return gapEndsAt ?? instant;
}

/** Whether the runtime knows the name as an IANA zone. Plain offsets such as `+02:00` are not zones. */
export function isTimeZone(name: string): boolean {
  try {
    zoneOf(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * Calendar arithmetic, independent of zones.
 * @param day `YYYY-MM-DD`
 */
export function addDays(day: string, days: number): string {
  return nameOfDay(numberOfDay(day) + days);
}

/** Days from `from` to `to`, both `YYYY-MM-DD`; negative when `to` is earlier. */
export function daysBetween(from: string, to: string): number {
  return numberOfDay(to) - numberOfDay(from);
}

/**
 * The instant (ms) of a wall-clock time. A time that a clock change skips moves forward by the gap;
 * one that occurs twice means its first occurrence (what Temporal calls `compatible`).
 * @param month 1 to 12. Fields are not validated here.
 * @throws RangeError for an unknown zone
 */
export function localToInstant(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  millisecond: number,
  timeZone: string,
): number {
  const local = utcOf(year, month, day) + hour * HOUR_MS + minute * 60_000 + second * 1_000 + millisecond;
  const zone = zoneOf(timeZone);
  return zone.isUtc ? local : resolveLocal(local, zone).instant;
}

function resolveLocal(local: number, zone: Zone): { instant: number; gapEndsAt?: number } {
  // No zone is more than a day away from UTC, and none changes its clock twice within two days.
  const before = offsetAt(local - DAY_MS, zone);
  const after = offsetAt(local + DAY_MS, zone);
  const early = local - before;
  if (before === after) return { instant: early };
  const late = local - after;
  const earlyHolds = offsetAt(early, zone) === before;
  const lateHolds = offsetAt(late, zone) === after;
  if (earlyHolds) return { instant: lateHolds ? Math.min(early, late) : early };
  if (lateHolds) return { instant: late };
  const first = offsetsOfDay(Math.floor(late / DAY_MS), zone).changesAt;
  const gapEndsAt = first > late && first <= early ? first : offsetsOfDay(Math.floor(early / DAY_MS), zone).changesAt;
  return { instant: early, gapEndsAt };
}

function offsetAt(instantMs: number, zone: Zone): number {
  if (zone.isUtc) return 0;
  const offsets = offsetsOfDay(Math.floor(instantMs / DAY_MS), zone);
  return instantMs < offsets.changesAt ? offsets.before : offsets.after;
}

function offsetsOfDay(dayNumber: number, zone: Zone): DayOffsets {
  const known = zone.days.get(dayNumber);
  if (known) return known;
  const start = dayNumber * DAY_MS;
  const before = readOffset(start, zone);
  const after = readOffset(start + DAY_MS, zone);
  const changesAt = before === after ? Infinity : findChange(start, before, zone);
  const offsets = { before, after, changesAt };
  if (zone.days.size >= MAX_CACHED_DAYS) zone.days.clear();
  zone.days.set(dayNumber, offsets);
  return offsets;
}

/** Clock changes fall on whole seconds; a day holds at most one. */
function findChange(start: number, before: number, zone: Zone): number {
  let low = 0;
  let high = DAY_MS / 1_000;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (readOffset(start + middle * 1_000, zone) === before) low = middle;
    else high = middle;
  }
  return start + high * 1_000;
}

function readOffset(instantMs: number, zone: Zone): number {
  const fields = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  for (const { type, value } of zone.format.formatToParts(instantMs)) {
    if (type in fields) fields[type as keyof typeof fields] = Number(value);
  }
  const { year, month, day, hour, minute, second } = fields;
  const local = utcOf(year, month, day) + hour * HOUR_MS + minute * 60_000 + second * 1_000;
  return local - Math.floor(instantMs / 1_000) * 1_000;
}

function zoneOf(name: string): Zone {
  const known = zones.get(name);
  if (known) return known;
  // Newer runtimes accept offsets such as "+02:00" here, older ones do not: one answer for all.
  if (!/^[A-Za-z]/.test(name)) throw new RangeError(`Unknown time zone: ${name}`);
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const isUtc = /^(etc\/)?(utc|gmt|uct|zulu|universal)$/i.test(name);
  const zone: Zone = { isUtc, format, days: new Map() };
  if (zones.size >= MAX_CACHED_ZONES) zones.clear();
  zones.set(name, zone);
  return zone;
}

/** Like Date.UTC, which would take the years 0 to 99 as 1900 to 1999. */
function utcOf(year: number, month: number, day: number): number {
  if (year > 99) return Date.UTC(year, month - 1, day);
  return new Date(0).setUTCFullYear(year, month - 1, day);
}

function numberOfDay(day: string): number {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day);
  if (!match) throw new RangeError(`Not a day: ${day}`);
  return utcOf(Number(match[1]), Number(match[2]), Number(match[3])) / DAY_MS;
}

function nameOfDay(dayNumber: number): string {
  const known = dayNames.get(dayNumber);
  if (known) return known;
  const name = new Date(dayNumber * DAY_MS).toISOString().slice(0, 10);
  if (dayNames.size >= MAX_CACHED_DAYS) dayNames.clear();
  dayNames.set(dayNumber, name);
  return name;
}
