import { log } from './log';

export type ProcessRole = 'web' | 'worker';
export type ProcessPhase = 'starting' | 'ready' | 'draining';

const HARD_LIMIT_MS = 15_000;
/** Ctrl-C reaches a process twice, from the terminal and from npm, a millisecond or two apart. */
const SAME_SIGNAL_MS = 500;

let phase: ProcessPhase = 'starting';
let isInstalled = false;
let firstSignalAt: number | undefined;
let exitCode = 0;
const drains: (() => Promise<void>)[] = [];

/** Where the process is in its life; readiness probes answer by it. */
export function processPhase(): ProcessPhase {
  return phase;
}

/** The process takes work from now on; tells a launcher so (`{type:'ready', ...facts}` over IPC). */
export function markReady(facts: Readonly<Record<string, unknown>> = {}): void {
  if (phase !== 'starting') return;
  phase = 'ready';
  process.send?.({ type: 'ready', ...facts });
}

/**
 * Runs `drain` once when the process shall end: on SIGTERM, on a launcher's `{type:'shutdown'}`,
 * when the launcher is gone (`disconnect`), on Ctrl-C without a launcher, and after a programmer's
 * error (then with exit code 1). Several drains run in the reverse order of registration, each
 * even when the one before failed. The process ends when all are done, after 15 s at the latest.
 */
export function onShutdown(drain: () => Promise<void>): void {
  drains.push(drain);
  if (isInstalled) return;
  isInstalled = true;
  process.on('SIGTERM', () => onSignal('SIGTERM'));
  for (const signal of ['SIGINT', 'SIGHUP'] as const) {
    // The terminal signals the whole group; with a launcher the launcher decides.
    process.on(signal, () => (process.connected ? undefined : onSignal(signal)));
  }
  process.on('message', (message) => {
    if ((message as { type?: unknown } | null)?.type === 'shutdown') shutDown('launcher', 0);
  });
  if (process.connected) process.on('disconnect', () => shutDown('disconnect', 0));
  process.on('unhandledRejection', (error) => onFault(error, 'A promise was rejected and nobody listened.'));
  process.on('uncaughtException', (error) => onFault(error, 'An exception was caught by nobody.'));
}

function onSignal(signal: string): void {
  const now = Date.now();
  if (firstSignalAt !== undefined && now - firstSignalAt > SAME_SIGNAL_MS) {
    log().warn({ signal }, 'Signalled again; ending at once.');
    process.exit(1);
  }
  firstSignalAt ??= now;
  shutDown(signal, 0);
}

function onFault(error: unknown, text: string): void {
  // A pipe whose reader is gone (a killed launcher) must not keep the drain from running.
  if ((error as { code?: unknown } | null)?.code === 'EPIPE') return;
  log().fatal({ err: error }, text);
  shutDown('fault', 1);
}

function shutDown(reason: string, code: number): void {
  exitCode = Math.max(exitCode, code);
  if (phase === 'draining') return;
  phase = 'draining';
  log().info({ reason }, 'Shutting down.');
  setTimeout(() => {
    log().error('The drain did not end in time.');
    process.exit(1);
  }, HARD_LIMIT_MS).unref();
  void runDrains().then(() => process.exit(exitCode));
}

async function runDrains(): Promise<void> {
  for (const drain of drains.reverse()) {
    try {
      await drain();
    } catch (error) {
      log().error({ err: error }, 'A part did not shut down cleanly.');
      exitCode = 1;
    }
  }
}
