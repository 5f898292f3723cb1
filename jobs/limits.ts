import { AppError } from '../core/errors';

/** After the abort a handler may still end in order; then the try is over whatever it does. */
const GRACE_MS = 3000;

/**
 * Runs one try with a signal that is aborted after `timeoutMs` or with any of `endings`. BullMQ
 * knows no time limit of its own. @throws AppError TIMEOUT, or what the handler threw
 */
export async function runLimited(
  timeoutMs: number,
  endings: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const limit = new AbortController();
  const { signal } = limit;
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = !signal.aborted;
    limit.abort(new AppError('TIMEOUT', `The job did not end within ${timeoutMs} ms.`));
  }, timeoutMs);
  const abandoned = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      setTimeout(() => reject(asError(signal.reason)), GRACE_MS).unref();
    });
  });
  abandoned.catch(() => undefined);
  // By hand: AbortSignal.any costs more than all the rest of an empty job.
  const unlink = endings.map((ending) => linkAbort(ending, limit));
  try {
    await Promise.race([work(signal), abandoned]);
  } catch (error) {
    // A handler that obeys throws its own AbortError; the reason tells more.
    throw isLate ? asError(signal.reason) : error;
  } finally {
    clearTimeout(timer);
    unlink.forEach((end) => end());
  }
}

/** Passes an abort on; the returned function ends that, for signals that outlive the job. */
function linkAbort(from: AbortSignal, to: AbortController): () => void {
  const pass = (): void => to.abort(from.reason);
  if (from.aborted) pass();
  else from.addEventListener('abort', pass);
  return () => from.removeEventListener('abort', pass);
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
