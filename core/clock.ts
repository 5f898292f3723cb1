/** The one source of time, so that it can be replaced. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };
