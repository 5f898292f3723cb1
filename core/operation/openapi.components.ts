import { ERROR_CODES } from '../errors';
import { ISSUE_CODES } from './issues';
import type { JsonObject } from './openapi.schemas';

const CODES = Object.keys(ERROR_CODES);

/** Schemas that no contract declares, because every route shares them. */
export const SHARED_SCHEMAS: Readonly<Record<string, JsonObject>> = {
  ErrorEnvelope: {
    type: 'object',
    description: 'Every error of the REST API; the codes are described in docs/errors.md.',
    properties: {
      error: {
        type: 'object',
        properties: {
          code: { type: 'string', enum: CODES },
          message: { type: 'string' },
          details: { $ref: '#/components/schemas/ErrorDetails' },
          timestamp: { type: 'string', format: 'date-time' },
          request_id: { type: 'string' },
        },
        required: ['code', 'message', 'details', 'timestamp', 'request_id'],
      },
    },
    required: ['error'],
  },
  ErrorDetails: {
    type: 'object',
    description:
      'Facts for programs. VALIDATION_ERROR has `issues`: every field that is wrong, in words and as a code.',
    properties: {
      issues: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            path: { type: 'string', description: 'Of the field, as `options.data_type`; empty for the whole input.' },
            code: { type: 'string', enum: ISSUE_CODES },
            message: { type: 'string' },
          },
          required: ['path', 'code', 'message'],
        },
      },
    },
    additionalProperties: true,
  },
  Problem: {
    type: 'object',
    description: 'The same error in the form of RFC 9457, for `Accept: application/problem+json`.',
    properties: {
      type: { type: 'string', format: 'uri' },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
      code: { type: 'string', enum: CODES },
      request_id: { type: 'string' },
      details: { $ref: '#/components/schemas/ErrorDetails' },
    },
    required: ['type', 'title', 'status', 'detail', 'code', 'request_id'],
  },
  ParseError: {
    type: 'object',
    description: 'An error of the Parse API; `error` is JSON text with code, message, details and request_id.',
    properties: { code: { type: 'integer' }, error: { type: 'string' } },
    required: ['code', 'error'],
  },
};

export const SHARED_RESPONSES: Readonly<Record<string, JsonObject>> = {
  NotModified: { description: 'The answer is the one whose ETag came in If-None-Match.' },
  ParseError: {
    description: 'Refused or failed, in the form of the Parse API.',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/ParseError' } } },
  },
};

export const SHARED_PARAMETERS: Readonly<Record<string, JsonObject>> = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description:
      'A name of this request: repeated with the same key and body, it runs once and answers the same again; ' +
      'with another body it is refused with IDEMPOTENCY_MISMATCH.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  },
  RequestId: {
    name: 'X-Request-Id',
    in: 'header',
    required: false,
    description: 'Your own id of this request; it is logged and sent back. One is made where it is missing.',
    schema: { type: 'string', pattern: '^[\\w.:-]{1,128}$' },
  },
};

const text = (description: string): JsonObject => ({ description, schema: { type: 'string' } });
const seconds = (description: string): JsonObject => ({ description, schema: { type: 'integer' } });

export const SHARED_HEADERS: Readonly<Record<string, JsonObject>> = {
  'X-Request-Id': text('Id of the request in the logs.'),
  ETag: text('Send it as If-None-Match to be told that nothing changed.'),
  'Retry-After': seconds('Seconds to wait before the next try.'),
  'RateLimit-Policy': text('Name, quota (q) and window in seconds (w) of the bucket.'),
  RateLimit: text('Requests that remain (r), and seconds until the bucket is full again (t).'),
  'X-RateLimit-Limit': seconds('Requests in the window.'),
  'X-RateLimit-Remaining': seconds('Requests that remain.'),
  'X-RateLimit-Reset': seconds('Seconds until the window ends.'),
};
