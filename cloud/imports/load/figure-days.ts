import { dayInZone } from '../../../core/zone';
import type { DataType, StageValue } from '../plan/data-type';

/** Staged date whose day the figures depend on. A subscription is recomputed with the day on which it started. */
const FIGURE_DATES: Readonly<Record<string, string>> = {
  purchases: 'purchased_at',
  customers: 'registered_at',
  events: 'timestamp',
  costs: 'date',
  subscriptions: 'started_at',
};

/** Name of the staged (and, for all types, stored) date, if the type has one. */
export function figureDateOf(type: DataType): string | undefined {
  return FIGURE_DATES[type.name];
}

/** Every zone's days begin on a quarter of an hour. */
export const SLOT_MS = 900_000;

/** The days of many instants, gathered without a conversion an instant. */
export class DaySlots {
  private readonly slots = new Set<number>();

  /** @param instantMs milliseconds since 1970; null is passed over */
  add(instantMs: StageValue): void {
    if (typeof instantMs === 'number') this.slots.add(Math.floor(instantMs / SLOT_MS));
  }

  /** `YYYY-MM-DD`, each once. */
  days(timeZone: string): string[] {
    return [...new Set([...this.slots].map((slot) => dayInZone(slot * SLOT_MS, timeZone)))];
  }
}
