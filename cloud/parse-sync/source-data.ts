import { invalidField } from '../../core/operation/issues';
import type { Fields } from './target';

/** What the source knows of its own object, and Parse of ours. */
const NOT_WRITTEN = new Set(['objectId', 'createdAt', 'updatedAt', 'className', '__type']);
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/;

/** Undefined where the source says none. @throws AppError VALIDATION_ERROR */
export function sourceTime(given: unknown): Date | undefined {
  if (given === undefined || given === null) return undefined;
  const { __type, iso } = (typeof given === 'object' ? given : {}) as { __type?: unknown; iso?: unknown };
  const text = __type === 'Date' ? iso : given;
  const time = typeof text === 'string' && INSTANT.test(text) ? new Date(text) : undefined;
  if (time && !Number.isNaN(time.getTime())) return time;
  throw invalidField('data.updatedAt', 'wrong_format', 'must be a time with its zone, as 2026-01-31T12:00:00.000Z');
}

export function writtenFields(data: Readonly<Record<string, unknown>>): Fields {
  return Object.fromEntries(Object.entries(data).filter(([name]) => !NOT_WRITTEN.has(name)));
}
