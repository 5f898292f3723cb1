const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Pauses before the ten tries of a delivery, as Standard Webhooks proposes them: 75 hours in all. */
export const PAUSES_MS: readonly number[] = [
  0,
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];
/** Receivers that failed together do not all hear again at one moment. */
const JITTER = 0.1;
/** A receiver may ask for more time than the plan has, but not for ever. */
const MAX_RETRY_AFTER_MS = 24 * HOUR;

/**
 * When a delivery is tried again after so many tries; undefined after the last one.
 * @param retryAfter the receiver's header: obeyed when it is later than the plan
 * @param random from 0 to 1
 */
export function nextTry(
  tries: number,
  at: Date,
  { retryAfter, random = Math.random() }: { retryAfter?: string | undefined; random?: number } = {},
): Date | undefined {
  const pauseMs = PAUSES_MS[tries];
  if (pauseMs === undefined) return undefined;
  const planned = pauseMs * (1 + JITTER * (2 * random - 1));
  return new Date(at.getTime() + Math.max(Math.round(planned), retryAfterMs(retryAfter, at)));
}

/** Of a header in seconds or as an HTTP date; 0 for none, one that cannot be read, and one that is over. */
export function retryAfterMs(header: string | undefined, at: Date): number {
  const text = header?.trim() ?? '';
  const ms = /^\d{1,12}$/.test(text)
    ? Number(text) * SECOND
    : /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)
      ? Date.parse(text) - at.getTime()
      : 0;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS) : 0;
}
