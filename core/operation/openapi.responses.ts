import { ERROR_CODES, type ErrorCode } from '../errors';
import type { Contract } from './contract';
import { schemaName, toComponents, type JsonObject } from './openapi.schemas';

const STATUS_TEXT: Readonly<Record<number, string>> = {
  200: 'Done.',
  201: 'Made.',
  202: 'Accepted; the work goes on as a job.',
  204: 'Done; there is nothing to say.',
};

const LIMIT_HEADERS = [
  'RateLimit-Policy',
  'RateLimit',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
];

/** Errors that any route may answer with. */
const COMMON: readonly ErrorCode[] = [
  'VALIDATION_ERROR',
  'UNAUTHORIZED',
  // Of a suspended account or tenant, also where nobody needs to log in.
  'FORBIDDEN',
  'RATE_LIMITED',
  'INTERNAL_ERROR',
];
const STORAGE: readonly ErrorCode[] = ['DATABASE_ERROR', 'SERVICE_UNAVAILABLE'];

export interface ResponseParts {
  responses: Record<string, JsonObject>;
  schemas: Record<string, JsonObject>;
  /** Shared error answers, by the name that `responses` refers to. */
  errorResponses: Record<string, JsonObject>;
}

/** Success, not modified, and every error of a REST route. */
export function responsesOf(contract: Contract): ResponseParts {
  if (contract.rest?.answer === 'file' || contract.rest?.answer === 'events') return streamResponsesOf(contract);
  const { root, schemas } = outputOf(contract);
  const status = contract.rest?.status ?? 200;
  const isText = root.type === 'string';
  const schema = isText ? root : { $ref: `#/components/schemas/${schemaName(contract.name, 'Response')}` };
  const success: JsonObject = {
    description: STATUS_TEXT[status],
    headers: { ...successHeaders(), ...(contract.rest?.method === 'GET' ? { ETag: header('ETag') } : {}) },
    ...(status === 204 ? {} : { content: { [isText ? 'text/plain' : 'application/json']: { schema } } }),
  };
  const responses: Record<string, JsonObject> = { [status]: success };
  if (contract.rest?.method === 'GET') responses['304'] = { $ref: '#/components/responses/NotModified' };
  const errors = errorResponsesOf(errorCodesOf(contract));
  const others = otherResponsesOf(contract);
  return {
    responses: { ...responses, ...errors.responses, ...others.responses },
    schemas: { ...schemas, ...others.schemas },
    errorResponses: errors.errorResponses,
  };
}

function streamResponsesOf(contract: Contract): ResponseParts {
  const { responses, errorResponses } = errorResponsesOf(errorCodesOf(contract));
  const isFile = contract.rest?.answer === 'file';
  const type = isFile ? 'application/octet-stream' : 'text/event-stream';
  const content = { [type]: { schema: isFile ? {} : { type: 'string' } } };
  const success = { description: isFile ? 'The file.' : 'Events, for as long as the client listens.', content };
  const ranges = {
    '206': { description: 'The range that was asked for.', content },
    '304': { $ref: '#/components/responses/NotModified' },
    '416': { description: 'The file is shorter than the range begins.' },
  };
  return {
    responses: {
      [contract.rest!.status]: { ...success, headers: successHeaders() },
      ...(isFile ? ranges : {}),
      ...responses,
    },
    schemas: {},
    errorResponses,
  };
}

/** The contract's other answers; one with 503 is no error form, but the operation's own body. */
function otherResponsesOf(contract: Contract): Pick<ResponseParts, 'responses' | 'schemas'> {
  const usual = schemaName(contract.name, 'Response');
  const parts: Pick<ResponseParts, 'responses' | 'schemas'> = { responses: {}, schemas: {} };
  for (const [status, { when, output }] of Object.entries(contract.otherAnswers ?? {})) {
    const name = output ? `${usual}${status}` : usual;
    if (output) Object.assign(parts.schemas, toComponents(name, output, 'output').components);
    parts.responses[status] = {
      description: when,
      headers: successHeaders(),
      content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } },
    };
  }
  return parts;
}

/** The answer of the cloud function: the output as `result`, or Parse's error form. */
export function functionResponsesOf(contract: Contract): ResponseParts {
  const { schemas } = outputOf(contract);
  const result = { $ref: `#/components/schemas/${schemaName(contract.name, 'Response')}` };
  const schema = { type: 'object', properties: { result }, required: ['result'] };
  return {
    responses: {
      '200': { description: STATUS_TEXT[200], content: { 'application/json': { schema } } },
      '400': { $ref: '#/components/responses/ParseError' },
    },
    schemas,
    errorResponses: {},
  };
}

/** Every code that the route may answer with: the common ones, those of its shape, and its own. */
function errorCodesOf(contract: Contract): ErrorCode[] {
  // Probes take anything from anybody, as often as they like.
  if (contract.limit === 'none' && contract.access.kind !== 'signed') return ['INTERNAL_ERROR'];
  const codes = new Set<ErrorCode>([...COMMON, ...(contract.errors ?? []), ...STORAGE]);
  if (contract.rest && contract.rest.method !== 'GET' && contract.rest.method !== 'DELETE') {
    codes.add('PAYLOAD_TOO_LARGE').add('UNSUPPORTED_MEDIA_TYPE');
  }
  if (contract.idempotency === 'key') codes.add('IDEMPOTENCY_MISMATCH').add('CONFLICT');
  // The table's order, so that documents do not change with the order of declaration.
  return (Object.keys(ERROR_CODES) as ErrorCode[]).filter((code) => codes.has(code));
}

function outputOf(contract: Contract): { root: JsonObject; schemas: Record<string, JsonObject> } {
  const { root, components } = toComponents(schemaName(contract.name, 'Response'), contract.output, 'output');
  const isBodiless = contract.rest?.status === 204 || root.type === 'string';
  return { root, schemas: isBodiless && contract.rest ? {} : components };
}

function errorResponsesOf(codes: readonly ErrorCode[]): {
  responses: Record<string, JsonObject>;
  errorResponses: Record<string, JsonObject>;
} {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = ERROR_CODES[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const responses: Record<string, JsonObject> = {};
  const errorResponses: Record<string, JsonObject> = {};
  for (const [status, sharing] of byStatus) {
    const name = sharing.join('-');
    responses[status] = { $ref: `#/components/responses/${name}` };
    errorResponses[name] = errorResponse(status, sharing);
  }
  return { responses, errorResponses };
}

function errorResponse(status: number, codes: readonly ErrorCode[]): JsonObject {
  const isRetried = status === 429 || status === 503;
  return {
    description: codes
      .map((code) => `**${code}** ${ERROR_CODES[code].meaning} ${ERROR_CODES[code].remedy}`)
      .join('\n\n'),
    headers: {
      'X-Request-Id': header('X-Request-Id'),
      ...(isRetried ? { 'Retry-After': header('Retry-After') } : {}),
    },
    content: {
      'application/json': { schema: { $ref: '#/components/schemas/ErrorEnvelope' } },
      'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
    },
  };
}

function successHeaders(): JsonObject {
  return Object.fromEntries(['X-Request-Id', ...LIMIT_HEADERS].map((name) => [name, header(name)]));
}

const header = (name: string): JsonObject => ({ $ref: `#/components/headers/${name}` });
