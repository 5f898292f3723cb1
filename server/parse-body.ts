import type { Request, Response } from 'express';
import { AppError } from '../core/errors';
import { guardJson } from '../core/operation/input';
import { guardTypedValues } from '../core/parse/typed-values';
import { parseJson } from '../core/operation/parse-json';
import { readBytes } from './body';
import { readFileBody } from './file-body';
import { readGraphqlUpload } from './graphql-upload';
import { isCompressed } from './inflate';
import { routeOf, type ParseBody, isGraphql } from './parse-calls';

/** Parse's own default for what it reads. */
const MAX_BODY_BYTES = 20 * 1024 * 1024;
const FORM = 'application/x-www-form-urlencoded';

/**
 * Parse reads the body of every method, a GET's as well, and reads as JSON whatever is neither a
 * form nor a file, whatever its type says. Multipart forms stay on the line for it; their fields are
 * texts and cannot be a batch.
 * @throws AppError VALIDATION_ERROR, UNSUPPORTED_MEDIA_TYPE, PAYLOAD_TOO_LARGE
 */
export async function readParseBody(req: Request, res: Response): Promise<ParseBody> {
  const isMultipart = Boolean(req.is('multipart/form-data'));
  if (req.method === 'POST' && !isGraphql(req) && /^\/files(\/|$)/.test(routeOf(req.path))) {
    await readFileBody(req);
    return undefined;
  }
  if (isMultipart && isGraphql(req)) return readGraphqlUpload(req, res);
  if (isMultipart && isCompressed(req)) {
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'A multipart body is read plain here.');
  }
  if (isMultipart) return undefined;
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(req.headers['content-type'] ?? '')?.[1];
  if (charset && !/^utf-?8$/i.test(charset)) {
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'The charset must be utf-8.');
  }
  const bytes = await readBytes(req, MAX_BODY_BYTES);
  const body = req.is(FORM) ? formFields(bytes) : bytes.length ? parseJson(bytes) : {};
  guardJson(body);
  guardTypedValues(body);
  if (typeof body !== 'object' || body === null)
    throw new AppError('VALIDATION_ERROR', 'The body must be a JSON object.', { parseCode: 107 });
  // Parse's body parser leaves a request alone whose stream has ended.
  req.body = body;
  delete req.headers['content-encoding'];
  return body as Record<string, unknown>;
}

const formFields = (bytes: Buffer): Record<string, unknown> =>
  Object.fromEntries(new URLSearchParams(bytes.toString('utf8')));
