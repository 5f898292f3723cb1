import type { IncomingMessage } from 'node:http';
import { AppError } from '../core/errors';
import type { Contract } from '../core/operation/contract';
import { coerceQuery } from '../core/operation/input';
import { RawBody } from '../core/operation/raw-body';
import { invalidField, invalidInput } from '../core/operation/issues';
import { readBytes, readJson } from './body';
import { isCompressed } from './inflate';
import { readUpload, type ReadUpload } from './upload';

const JSON_BODY_BYTES = 1_048_576;

type Fields = Record<string, unknown>;

/**
 * The input of an operation: the fields of the path, of the query and of the body together. A body
 * of GET, HEAD and DELETE has no meaning (RFC 9110) and is not read.
 * @throws AppError VALIDATION_ERROR for a field that is given twice with different values
 */
export async function readInput(
  req: IncomingMessage,
  contract: Contract,
  { params, query }: { params: Fields; query: URLSearchParams },
): Promise<ReadUpload & { raw?: RawBody }> {
  if (contract.rest?.body === 'upload') {
    assertOptionsOnly(query);
    const { input, upload } = await readUpload(req, query, contract.exactNumbersAt);
    return { input: together(asObject(input), params), upload };
  }
  const fields = coerceQuery(contract.input, query);
  if (contract.rest?.body === 'raw') {
    const raw = await readRaw(req, contract.rest.maxBytes ?? JSON_BODY_BYTES);
    return { input: together(fields, params), upload: undefined, raw };
  }
  const hasBody = req.method === 'POST' || req.method === 'PUT' || req.method === 'PATCH';
  const body = hasBody ? asObject(await readJson(req, JSON_BODY_BYTES, contract.exactNumbersAt)) : {};
  return { input: together(together(fields, body), params), upload: undefined };
}

/** Not inflated: a signature is made over the bytes that were sent. */
async function readRaw(req: IncomingMessage, maxBytes: number): Promise<RawBody> {
  if (isCompressed(req))
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'This body is read as it is sent: not compressed.');
  return new RawBody(await readBytes(req, maxBytes), req.headers);
}

function together(first: Fields, second: Fields): Fields {
  for (const [name, value] of Object.entries(second)) {
    if (Object.hasOwn(first, name) && first[name] !== value) {
      throw invalidField(name, 'given_twice', 'is given twice, with different values');
    }
  }
  return { ...first, ...second };
}

/** Everything else about an upload stands in its options. */
function assertOptionsOnly(query: URLSearchParams): void {
  const others = [...new Set(query.keys())].filter((name) => name !== 'options');
  const issues = others.map((path) => ({ path, code: 'unknown_field' as const, message: `unknown field "${path}"` }));
  if (issues.length) throw invalidInput(issues);
}

function asObject(body: unknown): Fields {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Fields;
  throw new AppError('VALIDATION_ERROR', 'The body must be a JSON object.');
}
