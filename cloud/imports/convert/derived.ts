import { formatDecimal } from '../../../values/decimal';
import type { StageValue } from './data-type';

/** Integer minor units as a plain decimal text in major units. */
export function minorToMajorText(minor: number, exponent: number): string {
  return formatDecimal({ coefficient: BigInt(minor), scale: exponent });
}

/** One item of a purchase as JSON text, money in major units. Quantity and price are decimal texts, valid as JSON. */
export function itemJson(input: {
  line: StageValue;
  product: StageValue;
  quantity: StageValue;
  price: StageValue;
  amountMinor: number | null;
  /** Minor units of a major one. */
  scale: number;
}): string {
  const parts: string[] = [];
  if (input.line !== null) parts.push(`"line_id":${JSON.stringify(input.line)}`);
  if (input.product !== null) parts.push(`"product_id":${JSON.stringify(input.product)}`);
  if (input.quantity !== null) parts.push(`"quantity":${input.quantity}`);
  if (input.price !== null) parts.push(`"unit_price":${input.price}`);
  if (input.amountMinor !== null) parts.push(`"amount":${input.amountMinor / input.scale}`);
  return `{${parts.join(',')}}`;
}
