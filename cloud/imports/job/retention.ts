const DAY_MS = 86_400_000;

/** How long the results of an ended job can be read. Refused rows may hold personal data, and no erasure finds it there. */
export const RESULTS_DAYS = 30;

export function isExpired(completedAt: Date | null, now: Date): boolean {
  return completedAt !== null && completedAt < expiryLimit(now);
}

/** Results of jobs that ended before are gone. */
export function expiryLimit(now: Date): Date {
  return new Date(now.getTime() - RESULTS_DAYS * DAY_MS);
}
