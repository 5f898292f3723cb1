import { latestSlot, type JobSchedule } from '../../cloud/operations/schedule-slots';

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
