import type { Contract } from './contract';
import { describeAccess, SECURITY_SCHEMES, securityOf } from './openapi.access';
import { SHARED_HEADERS, SHARED_PARAMETERS, SHARED_RESPONSES, SHARED_SCHEMAS } from './openapi.components';
import { documentedPath, functionBodyOf, requestOf } from './openapi.request';
import { functionResponsesOf, responsesOf } from './openapi.responses';
import type { JsonObject } from './openapi.schemas';
import { webhooksOf } from './openapi.webhooks';
import type { Operation } from './operation';
import type { EventType } from '../events/event.types';

export interface OpenApiOptions {
  version: string;
  /** Prefix of the REST routes: `/api`. */
  basePath: string;
  /** Path of the Parse API, for operations that only the SDKs call. */
  parseMount: string;
  /** What endpoints of tenants are sent. @defaultValue none */
  eventTypes?: readonly EventType[];
}

export interface OpenApiDocument {
  openapi: '3.1.0';
  info: JsonObject;
  servers: JsonObject[];
  tags: { name: string }[];
  paths: Record<string, Record<string, JsonObject>>;
  webhooks?: Record<string, JsonObject>;
  components: Record<
    'schemas' | 'responses' | 'parameters' | 'headers' | 'securitySchemes',
    Record<string, JsonObject>
  >;
}

/** OpenAPI 3.1 of all operations, each once; the same input gives the same bytes. */
export function buildOpenApi(operations: readonly Operation[], options: OpenApiOptions): OpenApiDocument {
  const document = emptyDocument(options);
  const tags = new Set<string>();
  for (const { contract } of operations) {
    tags.add(contract.tag);
    if (contract.rest) addRoute(document, contract, options);
    else if (contract.cloud) addFunction(document, contract, options);
  }
  document.tags = [...tags].sort().map((name) => ({ name }));
  document.paths = sorted(document.paths);
  if (options.eventTypes) document.webhooks = webhooksOf(options.eventTypes);
  for (const kind of ['schemas', 'responses'] as const) document.components[kind] = sorted(document.components[kind]);
  return document;
}

function addRoute(document: OpenApiDocument, contract: Contract, options: OpenApiOptions): void {
  const rest = contract.rest!;
  const path = documentedPath(rest.path, options.basePath);
  const request = requestOf(contract);
  const response = responsesOf(contract);
  Object.assign(document.components.schemas, request.components, response.schemas);
  Object.assign(document.components.responses, response.errorResponses);
  document.paths[path] ??= {};
  document.paths[path][rest.method.toLowerCase()] = {
    ...headOf(contract),
    ...(contract.cloud ? { 'x-cloud-function': contract.name } : {}),
    security: securityOf(contract.access),
    parameters: request.parameters,
    ...(request.requestBody ? { requestBody: request.requestBody } : {}),
    responses: response.responses,
  };
}

/** Without a REST route an operation is described where it can be called: at the Parse API. */
function addFunction(document: OpenApiDocument, contract: Contract, options: OpenApiOptions): void {
  const request = functionBodyOf(contract);
  const response = functionResponsesOf(contract);
  Object.assign(document.components.schemas, request.components, response.schemas);
  const security = securityOf(contract.access);
  const withApp = (security.length ? security : [{}]).map((alternative) => ({ parseAppId: [], ...alternative }));
  document.paths[`${options.parseMount}/functions/${contract.name}`] = {
    post: {
      ...headOf(contract),
      'x-cloud-function': contract.name,
      security: withApp,
      requestBody: request.requestBody,
      responses: response.responses,
    },
  };
}

function headOf(contract: Contract): JsonObject {
  const paragraphs = [contract.description, describeAccess(contract.access)];
  if (contract.cacheSeconds) {
    paragraphs.push(`May be up to ${contract.cacheSeconds} s old; \`Cache-Control: no-cache\` asks for the present.`);
  }
  return {
    operationId: contract.name,
    summary: contract.summary,
    description: paragraphs.filter(Boolean).join('\n\n'),
    tags: [contract.tag],
  };
}

function emptyDocument(options: OpenApiOptions): OpenApiDocument {
  return {
    openapi: '3.1.0',
    info: {
      title: 'AppBackend',
      version: options.version,
      description:
        'REST routes of the operations; `x-cloud-function` names the Parse cloud function with the same input and ' +
        `output. \`${options.basePath}/v1\` is an alias of \`${options.basePath}\`. Times are ISO 8601 in UTC. ` +
        'Errors: docs/errors.md. Who may call what: docs/role-matrix.md.',
    },
    // Relative to where the document came from: right behind every proxy.
    servers: [{ url: '/' }],
    tags: [],
    paths: {},
    components: {
      schemas: { ...SHARED_SCHEMAS },
      responses: { ...SHARED_RESPONSES },
      parameters: { ...SHARED_PARAMETERS },
      headers: { ...SHARED_HEADERS },
      securitySchemes: { ...SECURITY_SCHEMES },
    },
  };
}

function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
