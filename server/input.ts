import type { IncomingMessage } from 'node:http';
import { AppError } from '../core/errors';
import type { Contract } from '../core/operation/contract';
import { coerceQuery } from '../core/operation/input';
import { invalidField, invalidInput } from '../core/operation/issues';
import { readJson } from './body';
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
): Promise<ReadUpload> {
  if (contract.rest?.body === 'upload') {
    assertOptionsOnly(query);
    const { input, upload } = await readUpload(req, query, contract.exactNumbersAt);
    return { input: together(asObject(input), params), upload };
  }
  const fields = coerceQuery(contract.input, query);
  const hasBody = req.method === 'POST' || req.method === 'PUT';
  const body = hasBody ? asObject(await readJson(req, JSON_BODY_BYTES, contract.exactNumbersAt)) : {};
  return { input: together(together(fields, body), params), upload: undefined };
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
