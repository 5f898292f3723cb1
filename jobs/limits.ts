import { AppError } from '../core/errors';

/** After the abort a handler may still end in order; then the try is over whatever it does. */
const GRACE_MS = 3000;

/**
 * Runs one try with the signal of `abort`, which is also aborted after `timeoutMs`. BullMQ knows no
 * time limit of its own. @throws AppError TIMEOUT, or what the handler threw
 */
export async function runLimited(
  timeoutMs: number,
  abort: AbortController,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { signal } = abort;
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = !signal.aborted;
    abort.abort(new AppError('TIMEOUT', `The job did not end within ${timeoutMs} ms.`));
  }, timeoutMs);
  const abandoned = new Promise<never>((_resolve, reject) => {
    const giveUp = (): void => {
      setTimeout(() => reject(asError(signal.reason)), GRACE_MS).unref();
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp);
  });
  abandoned.catch(() => undefined);
  try {
    await Promise.race([work(signal), abandoned]);
  } catch (error) {
    // A handler that obeys throws its own AbortError; the reason tells more.
    throw isLate ? asError(signal.reason) : error;
  } finally {
    clearTimeout(timer);
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
