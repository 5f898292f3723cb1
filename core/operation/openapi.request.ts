import type { Contract } from './contract';
import { schemaName, toComponents, type JsonObject } from './openapi.schemas';

const IDEMPOTENCY_KEY = { $ref: '#/components/parameters/IdempotencyKey' };
const REQUEST_ID = { $ref: '#/components/parameters/RequestId' };

/** Types that an upload may have as its raw body. */
const RAW_TYPES = [
  'text/csv',
  'application/x-ndjson',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
];

const RAW_BODY = {
  required: true,
  description: 'Read byte for byte as it is sent, not compressed.',
  content: { '*/*': { schema: {} } },
};

export interface RequestParts {
  parameters: JsonObject[];
  requestBody?: JsonObject;
  components: Record<string, JsonObject>;
}

/** Parameters and body of a REST route: path names first, then the query of GET and DELETE, or the body. */
export function requestOf(contract: Contract): RequestParts {
  const name = schemaName(contract.name, 'Request');
  const { root, components } = toComponents(name, contract.input, 'input');
  const method = contract.rest?.method;
  const inPath = pathNames(contract.rest?.path ?? '');
  const headers = contract.idempotency === 'key' ? [IDEMPOTENCY_KEY, REQUEST_ID] : [REQUEST_ID];
  const fields = (root.properties ?? {}) as Record<string, JsonObject>;
  const required = (root.required ?? []) as string[];
  const parameters: JsonObject[] = inPath.map((field) => parameter('path', field, fields[field] ?? {}, true));
  if (method === 'GET' || method === 'DELETE') {
    for (const [field, schema] of Object.entries(fields)) {
      if (!inPath.includes(field)) parameters.push(parameter('query', field, schema, required.includes(field)));
    }
    return { parameters: [...parameters, ...headers], components: withoutRoot(components, name) };
  }
  if (contract.rest?.body === 'raw') {
    for (const [field, schema] of Object.entries(fields)) {
      if (!inPath.includes(field)) parameters.push(parameter('query', field, schema, required.includes(field)));
    }
    parameters.push(...headers);
    return { parameters, requestBody: RAW_BODY, components: withoutRoot(components, name) };
  }
  parameters.push(...headers);
  if (contract.rest?.body === 'upload') {
    const optionsName = `${name}Options`;
    parameters.splice(inPath.length, 0, uploadOptions(optionsName));
    const document = { ...root, properties: { ...fields, options: reference(optionsName) } };
    return {
      parameters,
      requestBody: uploadBody(name, optionsName),
      components: { ...components, [name]: document, [optionsName]: fields.options ?? {} },
    };
  }
  const body = withoutFields(root, inPath);
  const hasFields = body.properties === undefined || Object.keys(body.properties as object).length > 0;
  if (!hasFields) return { parameters, components: withoutRoot(components, name) };
  return {
    parameters,
    requestBody: jsonBody(name, isRequired(body)),
    components: { ...components, [name]: body },
  };
}

/** The body of the cloud function: all fields, those of the path too. */
export function functionBodyOf(contract: Contract): {
  requestBody: JsonObject;
  components: Record<string, JsonObject>;
} {
  const name = schemaName(contract.name, 'Request');
  const { root, components } = toComponents(name, contract.input, 'input');
  return { requestBody: jsonBody(name, isRequired(root)), components };
}

/** The documented path: below the prefix, or from the root where it starts with `//`. */
export function documentedPath(path: string, basePath: string): string {
  return path.startsWith('//') ? path.slice(1) : `${basePath}${path}`;
}

function pathNames(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
}

function parameter(place: 'path' | 'query', name: string, schema: JsonObject, required: boolean): JsonObject {
  const { description, ...rest } = schema;
  const isList = rest.type === 'array';
  return {
    name,
    in: place,
    required,
    ...(description ? { description } : {}),
    // `a,b` as well as `?x=a&x=b`; the first is what the examples show.
    ...(isList ? { style: 'form', explode: false } : {}),
    schema: rest,
  };
}

const reference = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });

function jsonBody(name: string, required: boolean): JsonObject {
  return { required, content: { 'application/json': { schema: reference(name) } } };
}

const isRequired = (schema: JsonObject): boolean => ((schema.required ?? []) as unknown[]).length > 0;

function withoutFields(schema: JsonObject, names: readonly string[]): JsonObject {
  if (!schema.properties) return schema;
  const kept = Object.entries(schema.properties).filter(([name]) => !names.includes(name));
  const required = ((schema.required ?? []) as string[]).filter((name) => !names.includes(name));
  const { required: _all, ...rest } = schema;
  return { ...rest, properties: Object.fromEntries(kept), ...(required.length ? { required } : {}) };
}

function withoutRoot(components: Record<string, JsonObject>, name: string): Record<string, JsonObject> {
  return Object.fromEntries(Object.entries(components).filter(([key]) => key !== name));
}

function uploadOptions(optionsName: string): JsonObject {
  return {
    name: 'options',
    in: 'query',
    required: false,
    description: 'The options as JSON text, when the file itself is the body.',
    content: { 'application/json': { schema: reference(optionsName) } },
  };
}

function uploadBody(name: string, optionsName: string): JsonObject {
  const raw = { schema: {} };
  return {
    required: true,
    description: 'A form with `options` before `file`; or the file alone with `options` in the query; or JSON.',
    content: {
      'multipart/form-data': {
        schema: {
          type: 'object',
          properties: {
            options: reference(optionsName),
            file: { type: 'string', contentMediaType: 'application/octet-stream', description: 'The file, last part.' },
          },
          required: ['options', 'file'],
        },
        encoding: { options: { contentType: 'application/json' } },
      },
      ...Object.fromEntries(RAW_TYPES.map((type) => [type, raw])),
      'application/json': { schema: reference(name) },
    },
  };
}
