/** Bytes of input a second that a job surely makes; only for the first estimate, before anything is measured. */
const FIRST_BYTES_PER_SECOND = 300_000;
const LEAST_MS = 2_000;

export function firstEstimate(inputBytes: number, now: Date): Date {
  return new Date(now.getTime() + LEAST_MS + (inputBytes / FIRST_BYTES_PER_SECOND) * 1000);
}

/** From the progress made so far. */
export function estimateEnd(startedAt: Date, progress: number, now: Date): Date {
  const elapsed = now.getTime() - startedAt.getTime();
  return new Date(now.getTime() + Math.max(500, (elapsed * (100 - progress)) / Math.max(progress, 1)));
}
