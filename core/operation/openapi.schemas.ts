import { z } from 'zod';

export type JsonObject = Record<string, unknown>;

/** `getUser` gives the components `GetUserRequest` and `GetUserResponse`. */
export function schemaName(operationName: string, role: 'Request' | 'Response'): string {
  return `${operationName.charAt(0).toUpperCase()}${operationName.slice(1)}${role}`;
}

/**
 * JSON Schema 2020-12 of a contract's side, as OpenAPI 3.1 wants it: `input` keeps defaulted fields
 * optional, `output` has them required. Definitions inside move to components, so that every
 * reference holds from anywhere in the document.
 */
export function toComponents(
  name: string,
  schema: z.ZodType,
  io: 'input' | 'output',
): { root: JsonObject; components: Record<string, JsonObject> } {
  const { $schema: _dialect, $defs, ...root } = z.toJSONSchema(schema, { io, override: tidy }) as JsonObject;
  const definitions = Object.entries(($defs ?? {}) as Record<string, JsonObject>);
  const moved = (value: JsonObject): JsonObject => moveReferences(value, name) as JsonObject;
  return {
    root: moved(root),
    components: {
      [name]: moved(root),
      ...Object.fromEntries(definitions.map(([key, value]) => [definitionName(name, key), moved(value)])),
    },
  };
}

const definitionName = (name: string, key: string): string => `${name}_${key.replace(/\W|^_+/g, '')}`;

function moveReferences(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((item) => moveReferences(item, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key !== '$ref' || typeof inner !== 'string') return [key, moveReferences(inner, name)];
      const definition = /^#\/\$defs\/(.+)$/.exec(inner)?.[1];
      return [key, `#/components/schemas/${definition ? definitionName(name, definition) : name}`];
    }),
  );
}

/** Leaves out what says nothing to a reader: the pattern behind a named format, the bounds of every integer. */
function tidy({ jsonSchema }: { jsonSchema: JsonObject }): void {
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  const names = jsonSchema.propertyNames;
  if (typeof names === 'object' && names !== null && Object.keys(names).join() === 'type')
    delete jsonSchema.propertyNames;
}
