import { log } from './log';

export interface SweeperOptions {
  /** For the log. */
  name: string;
  /** Pause between the end of one run and the start of the next, milliseconds; ±10 % jitter. */
  everyMs: number;
  /** One pass; gets a signal that is aborted when the loop is stopped. */
  run: (signal: AbortSignal) => Promise<unknown>;
  /** Pause before the first run, milliseconds. @defaultValue everyMs */
  firstMs?: number;
}

/** Called, it ends the loop and waits for a running pass: fit to be returned from a feature's `start`. */
export interface Sweeper {
  (): Promise<void>;
  /** Runs now instead of later; returns when that pass is over. Never two passes at once. */
  sweepNow(): Promise<void>;
}

const JITTER = 0.1;

/**
 * A background loop: the promise behind what triggers only hint at. Never overlaps itself, so a
 * slow pass delays the next. A failing pass is logged when it starts to fail and when it has
 * recovered, not each time, and never ends the loop.
 */
export function startSweeper(options: SweeperOptions): Sweeper {
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;

  const pass = async (): Promise<void> => {
    try {
      await options.run(stopping.signal);
      if (failures) log().info({ sweeper: options.name, failures }, 'A background loop works again.');
      failures = 0;
    } catch (error) {
      failures += 1;
      if (failures === 1 && !stopping.signal.aborted) {
        log().error({ err: error, sweeper: options.name }, 'A background loop failed; it goes on trying.');
      }
    }
  };
  const schedule = (ms: number): void => {
    if (stopping.signal.aborted) return;
    timer = setTimeout(() => void sweepNow(), ms * (1 + JITTER * (2 * Math.random() - 1)));
    // A loop alone is no reason for a process to live.
    timer.unref();
  };
  const sweepNow = (): Promise<void> => {
    if (stopping.signal.aborted) return running ?? Promise.resolve();
    clearTimeout(timer);
    running ??= pass().finally(() => {
      running = undefined;
      schedule(options.everyMs);
    });
    return running;
  };

  schedule(options.firstMs ?? options.everyMs);
  const stop = async (): Promise<void> => {
    stopping.abort();
    clearTimeout(timer);
    await running;
  };
  return Object.assign(stop, { sweepNow });
}
