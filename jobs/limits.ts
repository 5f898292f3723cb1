import { AppError } from '../core/errors';

/** After the abort a handler may still end in order; then the try is over whatever it does. */
const GRACE_MS = 3000;

/**
 * Runs one try with a signal that is aborted after `timeoutMs` or with `ending`. BullMQ knows no
 * time limit of its own. @throws AppError TIMEOUT, or what the handler threw
 */
export async function runLimited(
  timeoutMs: number,
  ending: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const limit = new AbortController();
  const timer = setTimeout(() => {
    limit.abort(new AppError('TIMEOUT', `The job did not end within ${timeoutMs} ms.`));
  }, timeoutMs);
  const signal = AbortSignal.any([limit.signal, ending]);
  const abandoned = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      setTimeout(() => reject(asError(signal.reason)), GRACE_MS).unref();
    });
  });
  abandoned.catch(() => undefined);
  try {
    await Promise.race([work(signal), abandoned]);
  } catch (error) {
    // A handler that obeys throws its own AbortError; the reason tells more.
    throw limit.signal.aborted ? asError(limit.signal.reason) : error;
  } finally {
    clearTimeout(timer);
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
