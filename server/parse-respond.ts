import type { Request, Response } from 'express';
import Parse from 'parse/node';
import { parseStatusOf, retryAfterOf, toAppError, toParseError } from '../core/errors';
import { refusalHeaders } from '../core/limits';
import type { RoutedRequest } from './routed-request';
import { hasBody } from './respond';

/** Writes an error as Parse does: a number and a text. Errors of Parse itself keep both, as Parse would answer them. */
export function sendParseError(req: Request, res: Response, error: unknown): void {
  if (res.headersSent) return;
  // The rest of a refused body is not read; the connection cannot be used again.
  if (hasBody(req) && !req.complete) res.setHeader('connection', 'close');
  // An internal one tells of the inside.
  if (error instanceof Parse.Error && error.code !== Parse.Error.INTERNAL_SERVER_ERROR) {
    res
      .status(error.code === Parse.Error.OBJECT_NOT_FOUND ? 404 : 400)
      .json({ code: error.code, error: error.message });
    return;
  }
  const { requestId = '' } = req as unknown as RoutedRequest;
  const known = toAppError(error);
  const { code, message } = toParseError(known, requestId);
  const retryAfter = retryAfterOf(known);
  if (retryAfter !== undefined) res.setHeader('retry-after', retryAfter);
  for (const [name, value] of Object.entries(refusalHeaders(known))) res.setHeader(name, value);
  // Parse Server's own words for its code 209.
  const text = known.code === 'UNAUTHORIZED' ? 'Invalid session token' : message;
  res.status(parseStatusOf(known)).json({ code, error: text });
}
