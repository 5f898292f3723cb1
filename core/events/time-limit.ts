import { AppError } from '../errors';

/**
 * Waits for the work until its time is over or the signal ends, whichever comes first; the work is told by a signal of
 * its own. Composed and not by a listener each: fifty calls share the batch's signal.
 */
export async function withinLimit<T>(
  { ms, signal, what }: { ms: number; signal?: AbortSignal; what: string },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new AppError('TIMEOUT', `${what} did not end within ${ms} ms.`)), ms);
  const either = signal ? AbortSignal.any([signal, limit.signal]) : limit.signal;
  const over = new Promise<never>((_resolve, reject) => {
    const refuse = (): void => reject(asError(either.reason));
    if (either.aborted) refuse();
    else either.addEventListener('abort', refuse, { once: true });
  });
  over.catch(() => undefined);
  try {
    return await Promise.race([work(either), over]);
  } finally {
    clearTimeout(timer);
  }
}

export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
