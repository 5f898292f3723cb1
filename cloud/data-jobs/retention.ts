const DAY_MS = 86_400_000;

/** How long the results of an ended job can be read. They may hold personal data, and no erasure finds it there. */
export const RESULTS_DAYS = 30;
/** How long the input of a job that failed or was cancelled is kept for a retry: over a long weekend. */
export const INPUT_DAYS = 7;

/** Results of jobs that ended before are gone. */
export const expiryLimit = (now: Date): Date => daysBefore(now, RESULTS_DAYS);

/** Inputs of jobs that ended before are gone. */
export const inputLimit = (now: Date): Date => daysBefore(now, INPUT_DAYS);

export function isExpired(completedAt: Date | null, now: Date): boolean {
  return completedAt !== null && completedAt < expiryLimit(now);
}

function daysBefore(now: Date, days: number): Date {
  return new Date(now.getTime() - days * DAY_MS);
}
