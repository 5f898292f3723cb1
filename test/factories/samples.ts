import type { JsonSchema } from './registry';

export type Path = readonly (string | number)[];

/** Tried in order until one fits the schema's pattern and lengths. */
const TEXTS = [
  'none000000',
  'USD',
  'customers',
  'person@example.com',
  '+1 555 0100',
  '2026-01-31',
  'UTC',
  'a',
  'Long-enough-text-42',
];
const BY_FORMAT: Record<string, string> = {
  email: 'person@example.com',
  date: '2026-01-31',
  'date-time': '2026-01-31T12:00:00.000Z',
  uuid: '6f1c1f2e-52a8-4b7a-9a51-0d1f3b9f2c11',
  uri: 'https://example.com/',
};

/** A value that the schema accepts; optional fields are filled in as well. */
export function sampleOf(schema: JsonSchema, root: JsonSchema = schema): unknown {
  const resolved = resolve(schema, root);
  if (resolved.const !== undefined) return resolved.const;
  if (resolved.enum) return resolved.enum[0];
  if (resolved.default !== undefined) return resolved.default;
  const options = resolved.anyOf ?? resolved.oneOf;
  if (options) return sampleOf(options.find((option) => option.type !== 'null') ?? options[0]!, root);
  switch (typeOf(resolved)) {
    case 'object':
      return Object.fromEntries(
        fieldsOf(resolved)
          // A list takes a page or an offset, not both.
          .filter(([name]) => name !== 'offset' || !resolved.properties?.['page'])
          .map(([name, field]) => [name, sampleOf(field, root)]),
      );
    case 'array':
      return resolved.items ? [sampleOf(resolved.items, root)] : [];
    case 'string':
      return textFor(resolved);
    case 'integer':
    case 'number':
      return Math.max(resolved.minimum ?? 1, 1);
    case 'boolean':
      return false;
    default:
      return null;
  }
}

/** Where texts stand in values of this schema: fields, items of lists, values of records. */
export function textPaths(schema: JsonSchema, root: JsonSchema = schema, base: Path = []): Path[] {
  const resolved = resolve(schema, root);
  const options = resolved.anyOf ?? resolved.oneOf;
  if (options) return unique(options.flatMap((option) => textPaths(option, root, base)));
  switch (typeOf(resolved)) {
    case 'string':
      return [base];
    case 'array':
      return resolved.items ? textPaths(resolved.items, root, [...base, 0]) : [];
    case 'object': {
      const record = resolved.additionalProperties;
      const own = fieldsOf(resolved).flatMap(([name, field]) => textPaths(field, root, [...base, name]));
      return typeof record === 'object' ? [...own, [...base, 'key']] : own;
    }
    default:
      return [];
  }
}

/** A copy of `value` with another one at the path; what is missing on the way is made. */
export function withValueAt(value: unknown, path: Path, inner: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return inner;
  if (typeof head === 'number') {
    const list = Array.isArray(value) ? [...(value as unknown[])] : [];
    list[head] = withValueAt(list[head], rest, inner);
    return list;
  }
  const fields = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  return { ...fields, [head]: withValueAt((fields as Record<string, unknown>)[head], rest, inner) };
}

function fieldsOf({ properties }: JsonSchema): [string, JsonSchema][] {
  return Object.entries(properties ?? {});
}

function typeOf({ type }: JsonSchema): string | undefined {
  return Array.isArray(type) ? type.find((name) => name !== 'null') : type;
}

function resolve(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const name = /^#\/\$defs\/(.+)$/.exec(schema.$ref ?? '')?.[1];
  return name ? (root.$defs?.[name] ?? {}) : schema;
}

function textFor({ format, pattern, minLength = 0, maxLength = Infinity }: JsonSchema): string {
  if (format && BY_FORMAT[format]) return BY_FORMAT[format];
  const test = pattern ? new RegExp(pattern, 'u') : /^/;
  const fits = (text: string): boolean => text.length >= minLength && text.length <= maxLength && test.test(text);
  return TEXTS.find(fits) ?? 'x'.repeat(minLength || 1);
}

const unique = (paths: Path[]): Path[] => [...new Map(paths.map((path) => [path.join('.'), path])).values()];
