import { parseExactJson } from '../../../core/exact-json';
import type { Cell } from '../read/cell';
import { isRowIssue, RowIssue } from './cell';
import { parseText } from './text';

const MAX_DEPTH = 32;
/** No measure is a value of a row here. */
const ANYWHERE = 0;
/** NUL and half surrogate pairs: PostgreSQL refuses them. */
const UNSTORABLE = /\0|\p{Surrogate}/u;
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** A cell that holds a JSON object, as compact JSON text; keys that Parse refuses to store are refused here. */
export function parseJsonObject(cell: Cell, maxLength: number): string | RowIssue {
  const text = parseText(cell, maxLength);
  if (isRowIssue(text)) return text;
  let value: unknown;
  try {
    // Whole numbers beyond 2^53 become texts, as in rows of JSON.
    value = parseExactJson(text, ANYWHERE);
  } catch {
    return new RowIssue('ROW_SHAPE', 'Not a JSON object.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return new RowIssue('ROW_SHAPE', 'Not a JSON object.');
  }
  return isStorable(value)
    ? JSON.stringify(value)
    : new RowIssue('ROW_SHAPE', 'JSON nested too deep, or a key that cannot be stored.');
}

function isStorable(root: object): boolean {
  const stack: { value: unknown; depth: number }[] = [{ value: root, depth: 1 }];
  for (let item = stack.pop(); item; item = stack.pop()) {
    const { value, depth } = item;
    if (typeof value === 'string' && UNSTORABLE.test(value)) return false;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > MAX_DEPTH) return false;
    for (const [key, inner] of Object.entries(value)) {
      if (!Array.isArray(value) && (/[$.]/.test(key) || UNSTORABLE.test(key) || FORBIDDEN.has(key))) return false;
      stack.push({ value: inner, depth: depth + 1 });
    }
  }
  return true;
}
