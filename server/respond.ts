import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '../core/clock';
import { config } from '../core/config';
import { asksForFresh } from '../core/context';
import { AppError, retryAfterOf, toAppError, toEnvelope, toProblem } from '../core/errors';
import { refusalHeaders } from '../core/limits';
import type { Outcome } from '../core/operation/operation';
import type { RoutedRequest } from './routed-request';
import { requestIdOf } from './request';

/** Writes a success: JSON, or the text that an operation chose; ETag and 304 for GET. */
export function sendOutcome(req: IncomingMessage, res: ServerResponse, outcome: Outcome): void {
  for (const [name, value] of Object.entries(outcome.headers)) res.setHeader(name, value);
  if (outcome.status === 204) {
    res.writeHead(204).end();
    return;
  }
  const isText = typeof outcome.body === 'string' && outcome.headers['content-type'] !== undefined;
  const text = isText ? (outcome.body as string) : (outcome.json ?? JSON.stringify(outcome.body ?? null));
  if (!res.hasHeader('content-type')) res.setHeader('content-type', 'application/json; charset=utf-8');
  if (!res.hasHeader('cache-control')) res.setHeader('cache-control', 'private, no-cache');
  if ((req.method === 'GET' || req.method === 'HEAD') && outcome.status === 200) {
    const etag = (outcome.etag ??= `W/"${createHash('sha1').update(text).digest('base64url')}"`);
    res.setHeader('etag', etag);
    if (isFresh(req, etag)) {
      res.writeHead(304).end();
      return;
    }
  }
  res.setHeader('content-length', Buffer.byteLength(text));
  res.writeHead(outcome.status);
  res.end(req.method === 'HEAD' ? undefined : text);
}

function isFresh(req: IncomingMessage, etag: string): boolean {
  const asked = req.headers['if-none-match'];
  // no-cache asks for the answer itself, not for a word that it is unchanged.
  if (!asked || asksForFresh(req.headers['cache-control'])) return false;
  return asked === '*' || asked.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag.replace(/^W\//, ''));
}

/** Before there are routes: probes read that it starts, everybody else the error of every route. */
export function answerWhileStarting(req: IncomingMessage, res: ServerResponse): void {
  const requestId = requestIdOf(req);
  setApiHeaders(req, res, requestId);
  if (!req.url?.startsWith('/health')) {
    const error = new AppError('SERVICE_UNAVAILABLE', 'The server is starting.', { retryAfterSeconds: 1 });
    sendError(req, res, error, requestId);
    return;
  }
  res.writeHead(503, { 'retry-after': '1', 'content-type': 'application/json' }).end('{"status":"starting"}');
}

/** Writes an error in the form the client asked for: the envelope, or RFC 9457. */
export function sendError(req: IncomingMessage, res: ServerResponse, error: unknown, requestId: string): void {
  const known = toAppError(error);
  (req as RoutedRequest).errorCode = known.code;
  if (res.headersSent) {
    // Parse hands on errors that it has answered already: such an answer is whole.
    if (!res.writableEnded) res.destroy();
    return;
  }
  const retryAfter = retryAfterOf(known);
  if (retryAfter !== undefined) res.setHeader('retry-after', retryAfter);
  for (const [name, value] of Object.entries(refusalHeaders(known))) res.setHeader(name, value);
  if (known.code === 'UNAUTHORIZED') res.setHeader('www-authenticate', 'Bearer');
  // The rest of a refused body is not read; the connection cannot be used again.
  if (hasBody(req) && !req.complete) res.setHeader('connection', 'close');
  const isProblem = (req.headers.accept ?? '').toLowerCase().includes('application/problem+json');
  const body = isProblem ? toProblem(known, requestId) : toEnvelope(known, requestId, systemClock.now());
  const text = JSON.stringify(body);
  res.setHeader('content-type', isProblem ? 'application/problem+json' : 'application/json; charset=utf-8');
  res.setHeader('cache-control', 'no-store');
  res.setHeader('content-length', Buffer.byteLength(text));
  res.writeHead(known.status);
  res.end(req.method === 'HEAD' ? undefined : text);
}

/** `complete` alone does not tell: it is false for every request that is answered at once. */
export function hasBody(req: IncomingMessage): boolean {
  return req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
}

/** CORS and the security headers of a JSON API. */
export function setApiHeaders(req: IncomingMessage, res: ServerResponse, requestId: string): void {
  res.setHeader('x-request-id', requestId);
  res.setHeader('x-content-type-options', 'nosniff');
  res.setHeader('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
  res.setHeader('referrer-policy', 'no-referrer');
  const { origin } = req.headers;
  if (!origin) return;
  const { corsOrigins, environment } = config();
  const isAllowed =
    corsOrigins.includes(origin) ||
    (corsOrigins.length === 0 && environment !== 'production' && environment !== 'staging');
  if (!isAllowed) return;
  res.setHeader('access-control-allow-origin', origin);
  res.setHeader('vary', 'origin');
  res.setHeader(
    'access-control-expose-headers',
    'x-request-id, etag, retry-after, ratelimit, ratelimit-policy, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset',
  );
}
