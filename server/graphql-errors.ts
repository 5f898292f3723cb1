import type { NextFunction, Request, Response } from 'express';
import Parse from 'parse/node';
import { retryAfterOf, toAppError } from '../core/errors';
import { log } from '../core/log';
import type { RoutedRequest } from './routed-request';

interface GraphqlError {
  message: string;
  path?: unknown[];
  extensions?: { code?: unknown; stacktrace?: unknown; exception?: unknown };
}

/** Apollo's word for an error that nobody gave a code. */
const UNKNOWN = 'INTERNAL_SERVER_ERROR';

/**
 * Takes what is ours out of GraphQL's errors. Parse Server makes Apollo itself and gives it no
 * options: outside production and test it adds the stack to every error, and always the text of an
 * error that a resolver did not expect.
 */
export function hideGraphqlInternals(req: Request, res: Response, next: NextFunction): void {
  const send = res.send.bind(res);
  res.send = (body: unknown) => send(typeof body === 'string' ? withoutInternals(body, req, res) : body);
  next();
}

function withoutInternals(text: string, req: Request, res: Response): string {
  // Most answers have no errors, and are not parsed for it.
  if (!text.includes('"errors"')) return text;
  const answer = parsed(text);
  if (!Array.isArray(answer?.errors)) return text;
  const errors = answer.errors as GraphqlError[];
  (req as unknown as RoutedRequest).errorCode = codeOf(errors[0]);
  tellOutage(errors, res);
  answer.errors = errors.map((error) => cleaned(error, req));
  return JSON.stringify(answer);
}

/** Apollo's codes are words, Parse's numbers. */
function codeOf(error: GraphqlError | undefined): string | number {
  const code = error?.extensions?.code;
  return typeof code === 'number' || (typeof code === 'string' && /^[A-Z_]{1,64}$/.test(code)) ? code : UNKNOWN;
}

/** GraphQL says 200 whatever happened; proxies and clients that try again look at the status. */
function tellOutage(errors: readonly GraphqlError[], res: Response): void {
  const outage = errors
    .map(({ message, extensions }) => toAppError(new Parse.Error(Number(extensions?.code), message)))
    .find((error) => error.status === 503);
  const retryAfter = outage && retryAfterOf(outage);
  if (retryAfter !== undefined) res.status(503).setHeader('retry-after', retryAfter);
}

function cleaned({ extensions = {}, ...error }: GraphqlError, req: Request): GraphqlError {
  const { stacktrace, exception: _exception, ...shown } = extensions;
  // Without a path the document itself was refused: that is said to the client.
  if (shown.code !== UNKNOWN || !error.path) return { ...error, extensions: shown };
  const { requestId } = req as unknown as RoutedRequest;
  log().error({ request_id: requestId, message: error.message, stacktrace }, 'A GraphQL field failed.');
  return { ...error, message: 'An internal error occurred.', extensions: shown };
}

function parsed(text: string): { errors?: unknown } | undefined {
  try {
    return JSON.parse(text) as { errors?: unknown };
  } catch {
    return undefined;
  }
}
