import { JOB_CLASSES } from '../job';
import type { ClassSettings, DueClass } from './due.types';

/** Highest first; a row stores the place of its class in this list. */
const DUE_CLASSES = Object.keys(JOB_CLASSES) as readonly DueClass[];

const WEIGHTS: Record<DueClass, number> = { high: 60, normal: 25, low: 10, batch: 5 };
/** No class gets less while it has rows. */
const LEAST_SHARE = 0.05;

export const rankOf = (name: DueClass): number => DUE_CLASSES.indexOf(name);

export const classOf = (rank: number): DueClass => DUE_CLASSES[rank]!;

/** Settings of each class, by rank. @throws when a class would get less than a twentieth, or is tried never */
export function classSettings(overrides: Partial<Record<DueClass, Partial<ClassSettings>>> = {}): ClassSettings[] {
  const settings = DUE_CLASSES.map((name) => ({
    weight: WEIGHTS[name],
    attempts: JOB_CLASSES[name].attempts,
    ...overrides[name],
  }));
  const sum = settings.reduce((total, { weight }) => total + weight, 0);
  for (const [rank, { weight, attempts }] of settings.entries()) {
    if (!(weight / sum >= LEAST_SHARE))
      throw new Error(`The class "${classOf(rank)}" of due rows needs a weight of at least 5 % of the sum ${sum}.`);
    if (!Number.isInteger(attempts) || attempts < 1)
      throw new Error(`The class "${classOf(rank)}" of due rows needs at least one try.`);
  }
  return settings;
}
