import { formatDecimal } from '../cells/decimal';
import type { StageValue } from './data-type';

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

/** One item of a purchase as JSON text, money in major units. Quantity and price are decimal texts, valid as JSON. */
export function itemJson(input: {
  product: StageValue;
  quantity: StageValue;
  price: StageValue;
  amountMinor: number | null;
  /** Minor units of a major one. */
  scale: number;
}): string {
  const parts: string[] = [];
  if (input.product !== null) parts.push(`"product_id":${JSON.stringify(input.product)}`);
  if (input.quantity !== null) parts.push(`"quantity":${input.quantity}`);
  if (input.price !== null) parts.push(`"unit_price":${input.price}`);
  if (input.amountMinor !== null) parts.push(`"amount":${input.amountMinor / input.scale}`);
  return `{${parts.join(',')}}`;
}
