import { hasUnstorable } from './texts';

const MAX_DEPTH = 32;
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** Whether both databases, and Parse, keep the value as it is: its depth, its keys and its texts. */
export function isStorableJson(root: object): boolean {
  const stack: { value: unknown; depth: number }[] = [{ value: root, depth: 1 }];
  for (let item = stack.pop(); item; item = stack.pop()) {
    const { value, depth } = item;
    if (typeof value === 'string' && hasUnstorable(value)) return false;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > MAX_DEPTH) return false;
    for (const [key, inner] of Object.entries(value)) {
      if (!Array.isArray(value) && (/[$.]/.test(key) || hasUnstorable(key) || FORBIDDEN.has(key))) return false;
      stack.push({ value: inner, depth: depth + 1 });
    }
  }
  return true;
}
