import { zoneNameOf } from './zone-names';

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
  years: Map<number, readonly OffsetSpan[]>;
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

/** Whether it names an IANA zone that the runtime knows; abbreviations (IST) and offsets (`+02:00`) name none. */
export function isTimeZone(name: unknown): name is string {
  if (typeof name !== 'string') return false;
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

/** A stretch of time in which the clocks of a zone stay as far from UTC as they are. */
export interface OffsetSpan {
  /** Milliseconds since 1970, the first one inside. */
  from: number;
  /** The first one outside. */
  to: number;
  /** What local time is ahead of UTC, in milliseconds. */
  offset: number;
}

/**
 * The stretches between two instants, ascending and without a gap: with them a database counts days as we do,
 * whatever it knows of zones itself.
 * @throws RangeError for an unknown zone
 */
export function offsetSpans(from: number, to: number, timeZone: string): OffsetSpan[] {
  const zone = zoneOf(timeZone);
  if (zone.isUtc) return [{ from, to, offset: 0 }];
  const spans: OffsetSpan[] = [];
  const lastYear = new Date(to).getUTCFullYear();
  for (let year = new Date(from).getUTCFullYear(); year <= lastYear; year += 1) {
    for (const span of spansOfYear(year, zone)) {
      const [start, end] = [Math.max(span.from, from), Math.min(span.to, to)];
      const last = spans.at(-1);
      if (start >= end) continue;
      if (last?.offset === span.offset) last.to = end;
      else spans.push({ from: start, to: end, offset: span.offset });
    }
  }
  return spans;
}

function spansOfYear(year: number, zone: Zone): readonly OffsetSpan[] {
  const known = zone.years.get(year);
  if (known) return known;
  const start = utcOf(year, 1, 1);
  const end = utcOf(year + 1, 1, 1);
  let open: OffsetSpan = { from: start, to: end, offset: readOffset(start, zone) };
  const spans = [open];
  for (let day = start; day < end; day += DAY_MS) {
    const after = readOffset(day + DAY_MS, zone);
    if (after === open.offset) continue;
    open.to = findChange(day, open.offset, zone);
    open = { from: open.to, to: end, offset: after };
    spans.push(open);
  }
  zone.years.set(year, spans);
  return spans;
}

/**
 * Days on which instants of that UTC day fall in the zone, one or two.
 * @param day `YYYY-MM-DD` in UTC
 */
export function daysInZone(day: string, timeZone: string): string[] {
  const start = numberOfDay(day) * DAY_MS;
  return [...new Set([dayInZone(start, timeZone), dayInZone(start + DAY_MS - 1, timeZone)])];
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
  const timeZone = zoneNameOf(name);
  if (timeZone === undefined) throw new RangeError(`Unknown time zone: ${name}`);
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const isUtc = /^(etc\/)?(utc|gmt|uct|zulu|universal)$/i.test(name);
  const zone: Zone = { isUtc, format, days: new Map(), years: new Map() };
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
