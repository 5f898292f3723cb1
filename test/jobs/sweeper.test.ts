import { setTimeout as sleep } from 'node:timers/promises';
import { startSweeper } from '../../core/sweeper';
import { waitFor } from '../harness/app';

beforeAll(() => {
  process.env.DATABASE_URI ??= 'postgres://localhost/none';
  process.env.LOG_LEVEL ??= 'silent';
});

describe('a background loop', () => {
  it('never overlaps itself, however often it is asked', async () => {
    let running = 0;
    let most = 0;
    let passes = 0;
    const stop = startSweeper({
      name: 'test',
      everyMs: 5,
      run: async () => {
        most = Math.max(most, (running += 1));
        await sleep(20);
        running -= 1;
        passes += 1;
      },
    });
    await Promise.all([stop.sweepNow(), stop.sweepNow(), stop.sweepNow()]);
    expect(passes).toBe(1);
    await waitFor(() => passes >= 4);
    await stop();
    expect(most).toBe(1);
  });

  it('goes on after a failure', async () => {
    let passes = 0;
    const stop = startSweeper({
      name: 'test',
      everyMs: 5,
      firstMs: 0,
      run: () => {
        passes += 1;
        return passes < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve();
      },
    });
    await waitFor(() => passes >= 5);
    await stop();
  });

  it('tells a running pass to end, waits for it, and starts none afterwards', async () => {
    let passes = 0;
    let wasAborted = false;
    const stop = startSweeper({
      name: 'test',
      everyMs: 1,
      firstMs: 0,
      run: async (signal) => {
        passes += 1;
        await sleep(10_000, undefined, { signal }).catch(() => (wasAborted = true));
      },
    });
    await waitFor(() => passes === 1);
    await stop();
    await sleep(30);
    await stop.sweepNow();
    expect({ passes, wasAborted }).toEqual({ passes: 1, wasAborted: true });
  });
});
