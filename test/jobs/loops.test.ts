import { setTimeout as sleep } from 'node:timers/promises';
import { startLoop, startLoops, type Loop } from '../../core/loop';
import { metrics } from '../../core/metrics';
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
    const stop = startLoop({
      name: 'test',
      everyMs: 5,
      run: async () => {
        most = Math.max(most, (running += 1));
        await sleep(20);
        running -= 1;
        passes += 1;
      },
    });
    await Promise.all([stop.runNow(), stop.runNow(), stop.runNow()]);
    expect(passes).toBe(1);
    await waitFor(() => passes >= 4);
    await stop();
    expect(most).toBe(1);
  });

  it('goes on after a failure', async () => {
    let passes = 0;
    const stop = startLoop({
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
    const stop = startLoop({
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
    await stop.runNow();
    expect({ passes, wasAborted }).toEqual({ passes: 1, wasAborted: true });
  });

  it('runs in its own kind of process only, is counted, and ends with what it declares', async () => {
    const passes: string[] = [];
    const loop = (name: string, more: Partial<Loop>): Loop => ({
      name,
      everyMs: 60_000,
      firstMs: 0,
      run: () => Promise.resolve(void passes.push(name)),
      ...more,
    });
    const loops = [
      loop('test.web', { role: 'web' }),
      loop('test.worker', { role: 'worker', end: () => Promise.resolve(void passes.push('end')) }),
      loop('test.both', {}),
      loop('test.failing', { run: () => Promise.reject(new Error('no')), end: () => Promise.reject(new Error('no')) }),
    ];
    const stop = startLoops([{ name: 'a', loops }], 'worker');
    await waitFor(async () => passes.length === 2 && (await runsOf('test.failing', 'failed')) === 1);
    await stop();
    expect(passes).toEqual(['test.worker', 'test.both', 'end']);
    expect(await runsOf('test.both', 'done')).toBe(1);
    expect(await runsOf('test.web', 'done')).toBe(0);
  });

  it('is refused a second time under one name', () => {
    const loop: Loop = { name: 'test.twice', everyMs: 1000, run: () => Promise.resolve() };
    expect(() => startLoops([{ name: 'a', loops: [loop, loop] }], 'web')).toThrow('Two loops');
  });
});

async function runsOf(loop: string, outcome: string): Promise<number> {
  const { values } = await metrics.loopRuns.get();
  return values.find(({ labels }) => labels.loop === loop && labels.outcome === outcome)?.value ?? 0;
}
