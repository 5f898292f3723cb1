import { latestSlot, survivesEdit, timingOf, type JobSchedule } from '../../cloud/ops/schedule-slots';

/** As Parse Dashboard writes it. */
const schedule = (more: Partial<JobSchedule>): JobSchedule => ({
  id: 'a',
  jobName: 'job',
  params: '{}',
  startAfter: '2026-03-01T00:00:00.000Z',
  daysOfWeek: [1, 1, 1, 1, 1, 1, 1],
  timeOfDay: '14:05:00.000Z',
  repeatMinutes: 1440,
  ...more,
});
const slot = (more: Partial<JobSchedule>, now: string): string | undefined => {
  const ms = latestSlot(schedule(more), new Date(now));
  return ms === undefined ? undefined : new Date(ms).toISOString();
};

describe('slots of a dashboard schedule', () => {
  it('runs once at its start when it does not repeat', () => {
    const once = { repeatMinutes: undefined, timeOfDay: undefined, startAfter: '2026-03-05T10:00:00.000Z' };
    expect(slot(once, '2026-03-05T09:59:59Z')).toBeUndefined();
    expect(slot(once, '2026-03-05T10:00:00Z')).toBe('2026-03-05T10:00:00.000Z');
    expect(slot(once, '2027-01-01T00:00:00Z')).toBe('2026-03-05T10:00:00.000Z');
  });

  it('runs daily at its time, and only the latest of missed days', () => {
    expect(slot({}, '2026-03-10T14:04:59Z')).toBe('2026-03-09T14:05:00.000Z');
    expect(slot({}, '2026-03-10T14:05:00Z')).toBe('2026-03-10T14:05:00.000Z');
  });

  it('never runs before its start', () => {
    const late = { startAfter: '2026-03-10T14:06:00.000Z' };
    expect(slot(late, '2026-03-10T20:00:00Z')).toBeUndefined();
    expect(slot(late, '2026-03-11T14:05:00Z')).toBe('2026-03-11T14:05:00.000Z');
  });

  it('counts intervals from the time of day, anew each day', () => {
    const interval = { repeatMinutes: 25, timeOfDay: '23:00:00.000Z' };
    expect(slot(interval, '2026-03-10T23:49:59Z')).toBe('2026-03-10T23:25:00.000Z');
    expect(slot(interval, '2026-03-10T23:50:00Z')).toBe('2026-03-10T23:50:00.000Z');
    expect(slot(interval, '2026-03-11T12:00:00Z')).toBe('2026-03-10T23:50:00.000Z');
  });

  it('counts intervals longer than a day from the first day', () => {
    const days = { repeatMinutes: 3 * 1440, timeOfDay: '06:00:00.000Z', startAfter: '2026-03-01T07:00:00.000Z' };
    expect(slot(days, '2026-03-02T05:00:00Z')).toBeUndefined();
    expect(slot(days, '2026-03-04T23:00:00Z')).toBe('2026-03-02T06:00:00.000Z');
    expect(slot(days, '2026-03-05T06:00:00Z')).toBe('2026-03-05T06:00:00.000Z');
  });

  it('keeps to its days of the week, Sunday first', () => {
    // 2026-03-10 is a Tuesday.
    const mondays = { daysOfWeek: [0, 1, 0, 0, 0, 0, 0] };
    expect(slot(mondays, '2026-03-10T20:00:00Z')).toBe('2026-03-09T14:05:00.000Z');
    expect(slot(mondays, '2026-03-15T20:00:00Z')).toBe('2026-03-09T14:05:00.000Z');
    expect(slot({ daysOfWeek: [0, 0, 0, 0, 0, 0, 0] }, '2026-03-15T20:00:00Z')).toBeUndefined();
  });

  it.each([{ timeOfDay: 'noon' }, { startAfter: 'tomorrow' }])('says that %o is not readable', (more) => {
    expect(() => slot(more, '2026-03-10T20:00:00Z')).toThrow('is not a time');
  });
});

describe('a schedule whose times were edited', () => {
  const at = (iso: string): number => Date.parse(iso);
  /** Edited at noon, after its run of the day at ten. */
  const due = (more: Partial<JobSchedule>, now: string): boolean => {
    const slotMs = latestSlot(schedule(more), new Date(now));
    const edit = { editedMs: at('2026-03-10T12:00:00Z'), ranMs: at('2026-03-10T10:00:05Z') };
    return slotMs !== undefined && survivesEdit(schedule(more), slotMs, edit);
  };

  it.each([
    ['later, but passed', { timeOfDay: '11:00:00.000Z' }],
    ['earlier', { timeOfDay: '09:00:00.000Z' }],
    ['more often', { timeOfDay: '10:00:00.000Z', repeatMinutes: 60 }],
    ['to other days of the week', { timeOfDay: '11:00:00.000Z', daysOfWeek: [0, 1, 0, 0, 0, 0, 0] }],
    ['on again', { timeOfDay: '10:00:00.000Z', daysOfWeek: [1, 1, 1, 1, 1, 1, 1] }],
    ['to an earlier start', { timeOfDay: '11:00:00.000Z', startAfter: '2020-01-01T00:00:00.000Z' }],
    ['to every few days', { timeOfDay: '11:00:00.000Z', repeatMinutes: 4320 }],
    ['to once, with its old start', { repeatMinutes: undefined, timeOfDay: undefined }],
  ])('makes up for no time that had passed then: moved %s', (_how, more) => {
    expect(due(more, '2026-03-10T12:00:30Z')).toBe(false);
  });

  it('runs at its new time, today where that is still to come', () => {
    expect(due({ timeOfDay: '18:00:00.000Z' }, '2026-03-10T18:00:10Z')).toBe(true);
    expect(due({ timeOfDay: '11:00:00.000Z' }, '2026-03-11T11:00:10Z')).toBe(true);
    expect(due({ timeOfDay: '10:00:00.000Z', repeatMinutes: 60 }, '2026-03-10T13:00:10Z')).toBe(true);
  });

  it('runs once more when it runs once and its start was moved', () => {
    const once = { repeatMinutes: undefined, timeOfDay: undefined, startAfter: '2026-03-10T11:59:59.000Z' };
    expect(due(once, '2026-03-10T12:00:30Z')).toBe(true);
  });

  it('is told from one whose other fields changed', () => {
    const row = schedule({});
    expect(timingOf(schedule({ jobName: 'other', params: '{"a":1}' }))).toBe(timingOf(row));
    expect(timingOf({ ...row, timeOfDay: '14:06:00.000Z' })).not.toBe(timingOf(row));
  });
});
