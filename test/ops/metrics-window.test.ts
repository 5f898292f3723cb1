import { RequestWindow } from '../../core/metrics.window';

const T0 = 1_700_000_000_000;

describe('the window of the last five minutes', () => {
  it('gives average, percentiles within 5 %, rates and the busiest second', () => {
    const window = new RequestWindow(T0);
    for (let i = 1; i <= 1000; i += 1) window.add(T0 + i * 10, '/a', i % 100 === 0 ? 500 : 200, i, `u${i % 40}`);
    const seen = window.snapshot(T0 + 10_000);
    expect(seen.averageMs).toBeCloseTo(500.5);
    expect(seen.p95Ms).toBeGreaterThanOrEqual(950);
    expect(seen.p95Ms).toBeLessThan(950 * 1.06);
    expect(seen.p99Ms).toBeGreaterThanOrEqual(990);
    expect(seen.requestsPerSecond).toBeCloseTo(100);
    expect(seen.peakPerSecond).toBe(100);
    expect(seen.concurrentUsers).toBe(40);
    expect({ all: seen.errorShare, routes: seen.errorShareByRoute }).toEqual({ all: 0.01, routes: { '/a': 0.01 } });
  });

  it('forgets what is older', () => {
    const window = new RequestWindow(T0);
    window.add(T0, '/old', 500, 5, 'a');
    window.add(T0 + 200_000, '/new', 200, 5, 'b');
    expect(window.snapshot(T0 + 310_000)).toMatchObject({
      requests: 1,
      errorShare: 0,
      errorShareByRoute: { '/new': 0 },
      concurrentUsers: 1,
    });
    expect(window.snapshot(T0 + 900_000)).toMatchObject({
      requests: 0,
      p99Ms: 0,
      concurrentUsers: 0,
      peakPerSecond: 0,
    });
  });

  it('holds a bounded number of users', () => {
    const window = new RequestWindow(T0);
    for (let i = 0; i < 60_000; i += 1) window.add(T0 + 1, '/a', 200, 1, `u${i}`);
    expect(window.snapshot(T0 + 2).concurrentUsers).toBe(50_000);
  });
});
