import { periodKey, periodStart, periodStarts, previousPeriod, toRanges } from '../../cloud/analytics/calendar';
import { bytesText } from '../../cloud/analytics/business.service';
import { growthRate } from '../../cloud/analytics/money-figures';
import { spansOf, type SubscriptionFacts } from '../../cloud/analytics/subscription-spans';
import { monthEndsBefore, revenueWindowOf, windowOf } from '../../cloud/analytics/window';
import { divideHalfUp, majorToMinor, minorExponent, minorToMajor } from '../../values/money';

describe('money', () => {
  it.each([
    [1.005, 2, 101],
    [-1.005, 2, -101],
    [8.29, 2, 829],
    [0.1 + 0.2, 2, 30],
    [1e21, 0, undefined],
    [1e-7, 2, 0],
    [1234.5, 0, 1235],
    [1.2345, 3, 1235],
    [0, 2, 0],
    [Number.NaN, 2, undefined],
  ])('rounds %p half-up to %p decimals', (major, exponent, minor) => {
    if (minor === undefined) expect(() => majorToMinor(major, exponent)).toThrow(RangeError);
    else expect(majorToMinor(major, exponent)).toBe(minor);
  });

  it.each([
    [37959003n, 2, 379590.03],
    [-5n, 2, -0.05],
    [0n, 2, 0],
    [1200n, 0, 1200],
    [1234n, 3, 1.234],
  ])('writes %p minor units with %p decimals as %p', (minor, exponent, major) => {
    expect(minorToMajor(minor, exponent)).toBe(major);
  });

  it('divides exactly, halves away from zero', () => {
    expect([divideHalfUp(5n, 2n), divideHalfUp(-5n, 2n), divideHalfUp(4n, 3n), divideHalfUp(5n, 3n)]).toEqual([
      3n,
      -3n,
      1n,
      2n,
    ]);
  });

  it('knows the decimals of currencies', () => {
    expect(['USD', 'JPY', 'KWD', 'CLF', 'XYZ'].map(minorExponent)).toEqual([2, 0, 3, 4, undefined]);
  });
});

describe('growth', () => {
  it.each([
    [0n, 0n, 0],
    [100n, 0n, null],
    [150n, 100n, 50],
    [100n, 300n, -66.7],
    [1001n, 1000n, 0.1],
    [-50n, 100n, -150],
    [100n, -100n, 200],
  ])('from the previous %p (second) to %p', (current, previous, rate) => {
    expect(growthRate(current, previous)).toBe(rate);
  });
});

describe('calendar', () => {
  it.each([
    ['2021-01-01', '2020-W53'],
    ['2021-01-04', '2021-W01'],
    ['2021-03-07', '2021-W09'],
    ['2018-12-31', '2019-W01'],
    ['2026-12-31', '2026-W53'],
  ])('puts %s into ISO week %s', (day, key) => {
    expect(periodKey(day, 'week')).toBe(key);
  });

  it('starts periods', () => {
    expect((['day', 'week', 'month', 'quarter', 'year'] as const).map((p) => periodStart('2024-08-15', p))).toEqual([
      '2024-08-15',
      '2024-08-12',
      '2024-08-01',
      '2024-07-01',
      '2024-01-01',
    ]);
  });

  it('lists every month of two years once', () => {
    expect(periodStarts({ from: '2023-01-31', to: '2024-12-01' }, 'month')).toHaveLength(24);
    expect(periodStarts({ from: '2020-01-01', to: '2024-12-31' }, 'quarter')).toHaveLength(20);
    expect(periodStarts({ from: '2019-06-30', to: '2024-01-01' }, 'year')).toHaveLength(6);
    expect(periodStarts({ from: '2024-02-28', to: '2024-03-01' }, 'day')).toHaveLength(3);
  });

  it('finds the previous calendar period', () => {
    expect(previousPeriod('2024-03-31', 'month')).toEqual({ from: '2024-02-01', to: '2024-02-29' });
    expect(previousPeriod('2024-02-10', 'quarter')).toEqual({ from: '2023-10-01', to: '2023-12-31' });
  });

  it('merges days into ranges', () => {
    expect(toRanges(['2021-03-02', '2021-03-01', '2021-03-01', '2021-03-04'])).toEqual([
      { from: '2021-03-01', to: '2021-03-02' },
      { from: '2021-03-04', to: '2021-03-04' },
    ]);
  });
});

describe('windows', () => {
  const now = new Date('2021-03-15T23:30:00Z');

  it('are the last 30 days with today, in the tenant’s zone', () => {
    expect(windowOf({}, now, 'UTC')).toEqual({ from: '2021-02-14', to: '2021-03-15' });
    expect(windowOf({}, now, 'Asia/Tokyo')).toEqual({ from: '2021-02-15', to: '2021-03-16' });
  });

  it('refuse an end before the start', () => {
    expect(() => windowOf({ start_date: '2021-03-02', end_date: '2021-03-01' }, now, 'UTC')).toThrow('end_date');
  });

  it('of revenue are the calendar period up to today, against the whole one before', () => {
    expect(revenueWindowOf({ period: 'month' }, now, 'UTC')).toEqual({
      window: { from: '2021-03-01', to: '2021-03-15' },
      previous: { from: '2021-02-01', to: '2021-02-28' },
    });
  });

  it('of revenue with a start are compared with the equal window before', () => {
    const input = { period: 'month', start_date: '2021-03-01', end_date: '2021-03-10' } as const;
    expect(revenueWindowOf(input, now, 'UTC').previous).toEqual({ from: '2021-02-19', to: '2021-02-28' });
  });

  it('list the ends of six months and of the one before', () => {
    expect(monthEndsBefore('2021-03-15', 6)).toEqual([
      '2020-08-31',
      '2020-09-30',
      '2020-10-31',
      '2020-11-30',
      '2020-12-31',
      '2021-01-31',
      '2021-02-28',
    ]);
  });
});

describe('spans of a subscription', () => {
  const base: SubscriptionFacts = {
    id: 's1',
    customer: 'c1',
    plan: 'pro',
    amountMinor: 1000,
    currency: 'USD',
    interval: 'month',
    startedAt: new Date('2021-01-10T12:00:00Z'),
    cancelledAt: null,
    trialEndsAt: null,
    versions: null,
  };
  const brief = (facts: Partial<SubscriptionFacts>, zone = 'UTC') =>
    spansOf({ ...base, ...facts }, zone).map((span) => [span.from_day, span.to_day, span.annual_minor]);

  it.each([
    ['day', 365_000],
    ['week', 52_000],
    ['month', 12_000],
    ['quarter', 4_000],
    ['year', 1_000],
  ])('is worth its %s amount times the intervals of a year', (interval, annual) => {
    expect(brief({ interval })).toEqual([['2021-01-10', null, annual]]);
  });

  it('is worth nothing in its trial', () => {
    expect(brief({ trialEndsAt: new Date('2021-01-24T00:00:00Z') })).toEqual([
      ['2021-01-10', '2021-01-24', 0],
      ['2021-01-24', null, 12_000],
    ]);
  });

  it('ends on the day of its cancellation, in a trial too', () => {
    const cancelledAt = new Date('2021-01-20T09:00:00Z');
    expect(brief({ cancelledAt })).toEqual([['2021-01-10', '2021-01-20', 12_000]]);
    expect(brief({ cancelledAt, trialEndsAt: new Date('2021-02-01') })).toEqual([['2021-01-10', '2021-01-20', 0]]);
    expect(brief({ cancelledAt: base.startedAt })).toEqual([]);
  });

  it('changes its worth on the days of its versions; the last of a day holds', () => {
    const version = (from: string, annual_minor: number) => ({ from, annual_minor, currency: 'USD', plan: 'pro' });
    const versions = [
      version('2021-01-10T12:00:00Z', 12_000),
      version('2021-03-01T08:00:00Z', 24_000),
      version('2021-03-01T09:00:00Z', 36_000),
    ];
    expect(brief({ versions })).toEqual([
      ['2021-01-10', '2021-03-01', 12_000],
      ['2021-03-01', null, 36_000],
    ]);
  });

  it('counts days in the tenant’s zone', () => {
    expect(brief({ startedAt: new Date('2021-01-10T23:00:00Z') }, 'Asia/Tokyo')[0]![0]).toBe('2021-01-11');
  });
});

describe('amounts of data', () => {
  it.each([
    [0, '0B'],
    [999, '999B'],
    [1500, '1.5KB'],
    [500_000_000_000, '500GB'],
    [999_960, '1MB'],
  ])('writes %p bytes as %p', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });
});
