import { dayInZone } from '../../../values/zone';
import type { DataType, StageValue } from '../convert/data-type';

/** Name of the staged (and, for all types, stored) date, if the type has one. */
export function figureDateOf(type: DataType): string | undefined {
  return type.fact.dateField;
}

/** The days of most zones begin on a quarter of an hour. */
export const SLOT_MS = 900_000;

/** The days of many instants, gathered without a conversion an instant. */
export class DaySlots {
  private readonly slots = new Set<number>();

  /** @param instantMs milliseconds since 1970; null is passed over */
  add(instantMs: StageValue): void {
    if (typeof instantMs === 'number') this.slots.add(Math.floor(instantMs / SLOT_MS));
  }

  /** `YYYY-MM-DD`, each once; both where a day begins within a quarter, as clocks had it before zones were. */
  days(timeZone: string): string[] {
    const ends = (slot: number): number[] => [slot * SLOT_MS, (slot + 1) * SLOT_MS - 1];
    return [...new Set([...this.slots].flatMap(ends).map((instant) => dayInZone(instant, timeZone)))];
  }
}
