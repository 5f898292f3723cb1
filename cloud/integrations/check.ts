import { AppError } from '../../core/errors';
import type { CircuitState } from '../../core/http.breaker';

/** How a service does, when it does. */
export interface Finding {
  /** Why it does not do well. */
  complaint?: string;
  /** Nobody uses it yet. */
  isUnused?: true;
  /** Where that of the check itself says nothing. */
  latencyMs?: number;
}

/**
 * Something that this server needs or calls. Texts are shown to whoever may see the status: they name no address and
 * hold nothing that came from outside.
 */
export interface CheckedService {
  isConfigured(): boolean;
  circuit(nowMs: number): CircuitState;
  /** @throws AppError INTEGRATION_FAILED when it answers wrongly, SERVICE_UNAVAILABLE when it does not answer */
  check(signal?: AbortSignal): Promise<Finding>;
}

export interface Measured extends Finding {
  latencyMs: number;
}

/** Contract 6: all outbound calls. Beyond it nothing is waited for, whatever it waits for itself. */
const DEADLINE_MS = 5_000;
/** Works, but who waits for it notices. */
const SLOW_MS = 2_000;

/** Runs a check, which ends in time. @throws AppError as the check does */
export async function measure(service: CheckedService, signal?: AbortSignal): Promise<Measured> {
  const startedAt = Date.now();
  const finding = await inTime(service.check(signal));
  const tookMs = Date.now() - startedAt;
  const slow = tookMs > SLOW_MS ? { complaint: `It took ${tookMs} ms to answer.` } : {};
  return { latencyMs: tookMs, ...slow, ...finding };
}

export const wrongAnswer = (message: string, cause?: unknown): AppError =>
  new AppError('INTEGRATION_FAILED', message, cause === undefined ? {} : { cause });

export const noAnswer = (message: string, cause?: unknown): AppError =>
  new AppError('SERVICE_UNAVAILABLE', message, { retryAfterSeconds: 5, ...(cause === undefined ? {} : { cause }) });

async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(noAnswer('It did not answer in time.')), DEADLINE_MS + 250);
  });
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
