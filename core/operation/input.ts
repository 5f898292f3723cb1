import { z } from 'zod';
import { AppError } from '../errors';
import { invalidField, invalidInput } from './issues';
import { issuesIn, phraseOf } from './issue-words';

const MAX_DEPTH = 32;
/** Parse Server checks each key against the schema: 100,000 of them hold everybody up for seconds. */
const MAX_KEYS = 10_000;
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Refuses what no contract can mean: nesting that overflows a stack further down, and keys that
 * reach a prototype. Runs before any schema, because schemas recurse.
 */
export function guardJson(value: unknown): void {
  const stack: { value: unknown; depth: number }[] = [{ value, depth: 1 }];
  for (let item = stack.pop(); item; item = stack.pop()) {
    if (typeof item.value !== 'object' || item.value === null) continue;
    if (item.depth > MAX_DEPTH)
      throw new AppError('VALIDATION_ERROR', `The JSON is nested deeper than ${MAX_DEPTH} levels.`);
    const keys = Object.keys(item.value);
    if (keys.length > MAX_KEYS && !Array.isArray(item.value)) {
      throw new AppError('VALIDATION_ERROR', `An object of the JSON has more than ${MAX_KEYS} keys.`);
    }
    for (const key of keys) {
      if (FORBIDDEN_KEYS.has(key)) {
        // What Parse Server says of a key that it denies.
        throw new AppError('VALIDATION_ERROR', `The key "${key}" is not allowed.`, { parseCode: 105 });
      }
      stack.push({ value: (item.value as Record<string, unknown>)[key], depth: item.depth + 1 });
    }
  }
}

/**
 * Every door's check of an input. What is wrong is said in words, all of it at once.
 * @throws AppError VALIDATION_ERROR with `details.issues` [{path, code, message}]
 */
export function validateInput<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  guardJson(value);
  const result = schema.safeParse(value ?? {}, { error: phraseOf, reportInput: true });
  if (!result.success) throw invalidInput(issuesIn(result.error, schema));
  refuseNul(result.data, '');
  return result.data;
}

/**
 * PostgreSQL's texts have no NUL, and Parse answers such a query with an internal error. Lists are
 * left alone: the rows of an import are judged one by one.
 */
function refuseNul(value: unknown, path: string): void {
  if (typeof value === 'string' && value.includes('\0')) throw invalidField(path, 'wrong_format', 'must not hold NUL');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  for (const [name, inner] of Object.entries(value)) refuseNul(inner, path ? `${path}.${name}` : name);
}

type FieldKind = 'number' | 'boolean' | 'array' | 'string' | 'other';

const kinds = new WeakMap<z.ZodType, Map<string, FieldKind>>();

/**
 * Query strings carry text only: turns it into what the schema's JSON type says, and leaves it
 * alone where it does not fit, so that the schema can say what is wrong.
 */
export function coerceQuery(schema: z.ZodType, query: URLSearchParams): Record<string, unknown> {
  const fields = fieldKinds(schema);
  const input: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, text] of query) {
    const value = coerce(fields.get(name) ?? 'string', text);
    const earlier = input[name];
    if (earlier === undefined) input[name] = value;
    else if (Array.isArray(earlier) && Array.isArray(value))
      input[name] = [...(earlier as unknown[]), ...(value as unknown[])];
    else throw invalidField(name, 'given_twice', 'is given twice');
  }
  return { ...input };
}

function coerce(kind: FieldKind, text: string): unknown {
  if (kind === 'number' && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (kind === 'boolean' && (text === 'true' || text === '1')) return true;
  if (kind === 'boolean' && (text === 'false' || text === '0')) return false;
  if (kind === 'array')
    return text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean);
  return text;
}

interface JsonSchemaField {
  type?: string;
  anyOf?: JsonSchemaField[];
}

function fieldKinds(schema: z.ZodType): Map<string, FieldKind> {
  let known = kinds.get(schema);
  if (!known) {
    const json = z.toJSONSchema(schema, { io: 'input' }) as { properties?: Record<string, JsonSchemaField> };
    known = new Map(Object.entries(json.properties ?? {}).map(([name, field]) => [name, kindOf(field)]));
    kinds.set(schema, known);
  }
  return known;
}

function kindOf(field: JsonSchemaField): FieldKind {
  const types = [field.type, ...(field.anyOf ?? []).map((option) => option.type)];
  if (types.includes('array')) return 'array';
  if (types.includes('number') || types.includes('integer')) return 'number';
  if (types.includes('boolean')) return 'boolean';
  return types.includes('string') ? 'string' : 'other';
}
