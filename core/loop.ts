import { log } from './log';
import { metrics } from './metrics';
import type { ProcessRole } from './process';

/** A background loop: the promise behind what triggers only hint at. When to declare one: docs/adr/0016. */
export interface Loop {
  /** `feature.action`; names it in the log and in metrics. */
  name: string;
  /** Pause between the end of one run and the start of the next, milliseconds; ±10 % jitter. */
  everyMs: number;
  /** Pause before the first run, milliseconds. @defaultValue everyMs */
  firstMs?: number;
  /** The processes that run it. @defaultValue both */
  role?: ProcessRole;
  /** One pass; gets a signal that is aborted when the loop is stopped. */
  run: (signal: AbortSignal) => Promise<unknown>;
  /** Once, after the last pass: what must not stay in memory. */
  end?: () => Promise<void>;
}

/** A feature, as far as its loops go. */
interface LoopOwner {
  name: string;
  loops?: readonly Loop[];
}

/** Called, it ends the loop and waits for a running pass. */
export interface RunningLoop {
  (): Promise<void>;
  /** Runs now instead of later; returns when that pass is over. Never two passes at once. */
  runNow(): Promise<void>;
}

const JITTER = 0.1;

/** Starts the loops that the features declare for this process; the returned function ends them all. */
export function startLoops(features: readonly LoopOwner[], role: ProcessRole): () => Promise<void> {
  const loops = features.flatMap((feature) => feature.loops ?? []);
  const names = loops.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new Error(`Two loops are called "${twice}".`);
  const running = loops.filter((loop) => (loop.role ?? role) === role).map(startLoop);
  return async () => {
    const ended = await Promise.allSettled(running.map((stop) => stop()));
    for (const end of ended)
      if (end.status === 'rejected') log().error({ err: end.reason as unknown }, 'A background loop did not end well.');
  };
}

/**
 * Starts one loop, for a door that is no feature; features declare theirs. Never overlaps itself, so a slow pass
 * delays the next. A failing pass is logged when it starts to fail and when it has recovered, not each time, and
 * never ends the loop.
 */
export function startLoop(loop: Omit<Loop, 'role'>): RunningLoop {
  const { name, everyMs } = loop;
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;

  const pass = async (): Promise<void> => {
    const stopTimer = metrics.loopSeconds.startTimer({ loop: name });
    try {
      await loop.run(stopping.signal);
      metrics.loopRuns.inc({ loop: name, outcome: 'done' });
      if (failures) log().info({ loop: name, failures }, 'A background loop works again.');
      failures = 0;
    } catch (error) {
      if (stopping.signal.aborted) return;
      metrics.loopRuns.inc({ loop: name, outcome: 'failed' });
      failures += 1;
      if (failures === 1) log().error({ err: error, loop: name }, 'A background loop failed; it goes on trying.');
    } finally {
      stopTimer();
    }
  };
  const schedule = (ms: number): void => {
    if (stopping.signal.aborted) return;
    timer = setTimeout(() => void runNow(), ms * (1 + JITTER * (2 * Math.random() - 1)));
    // A loop alone is no reason for a process to live.
    timer.unref();
  };
  const runNow = (): Promise<void> => {
    if (stopping.signal.aborted) return running ?? Promise.resolve();
    clearTimeout(timer);
    running ??= pass().finally(() => {
      running = undefined;
      schedule(everyMs);
    });
    return running;
  };

  schedule(loop.firstMs ?? everyMs);
  const stop = async (): Promise<void> => {
    stopping.abort();
    clearTimeout(timer);
    await running;
    await loop.end?.();
  };
  return Object.assign(stop, { runNow });
}
