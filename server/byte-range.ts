import type { ByteRange } from '../core/operation/answers';

/** Several ranges at once, or other units, may be answered with the whole (RFC 9110, 14.2). */
export function rangeOf(header: string | undefined, size: number): ByteRange | 'none' | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.replace(/\s/g, '') ?? '');
  if (!match || (!match[1] && !match[2])) return undefined;
  const last = size - 1;
  const [first, end] = [match[1], match[2]].map((text) => (text ? Number(text) : undefined));
  if (first === undefined) return end === 0 || size === 0 ? 'none' : { start: Math.max(0, size - end!), end: last };
  if (end !== undefined && end < first) return undefined;
  return first > last ? 'none' : { start: first, end: Math.min(end ?? last, last) };
}
