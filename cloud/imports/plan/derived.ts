import { formatDecimal } from '../cells/decimal';

/** Intervals of a year, so that an amount per interval becomes an amount per year in whole minor units. */
const INTERVALS_PER_YEAR: Readonly<Record<string, number>> = { day: 365, week: 52, month: 12, quarter: 4, year: 1 };

/** Integer minor units as a plain decimal text in major units. */
export function minorToMajorText(minor: number, exponent: number): string {
  return formatDecimal({ coefficient: BigInt(minor), scale: exponent });
}

/** The first and only version of an imported subscription, as JSON text: what it is worth a year from its start on. */
export function subscriptionVersions(input: {
  amountMinor: number;
  currency: string;
  interval: string;
  plan: string;
  startedAt: number;
}): string {
  const annualMinor = input.amountMinor * (INTERVALS_PER_YEAR[input.interval] ?? 12);
  const from = new Date(input.startedAt).toISOString();
  return JSON.stringify([{ from, annual_minor: annualMinor, currency: input.currency, plan: input.plan }]);
}
