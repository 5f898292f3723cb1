import { createHash, timingSafeEqual } from 'node:crypto';
import { posix } from 'node:path';
import type { NextFunction, Request, Response } from 'express';
import { recordApiCall, recordUserSeen } from '../cloud/analytics/analytics.service';
import { sessionTokenOf } from '../core/auth/session';
import { config } from '../core/config';
import { AppError, toAppError, toParseError } from '../core/errors';
import { chargeAccount, limitHeaders } from '../core/limits';
import { guardJson } from '../core/operation/input';
import { parseJson, readBytes } from './body';
import { admit, credentialsOf, ipOf, requestIdOf, restContext, type Credentials } from './request';
import type { RoutedRequest } from './dispatch';

/** Parse's own default for what it reads. */
const MAX_BODY_BYTES = 20 * 1024 * 1024;
/** Parse Server 9.10.0 lets this route find a user by a bare provider id; nothing of ours uses it. */
const CLOSED_ROUTES = new Set(['/challenge']);
/** Parse's own routes that compare a password; our cloud function charges by itself. */
const PASSWORD_ROUTES = new Set(['/login', '/loginas', '/verifypassword']);

type ParseBody = Record<string, unknown> | undefined;

/**
 * Stands before Parse Server and GraphQL: limits (a batch costs its sub-requests), our JWT as a
 * credential, a depth limit (3,000 nested arrays overflow Parse's stack), and the closed routes.
 */
export async function parseGate(req: Request, res: Response, next: NextFunction): Promise<void> {
  const routed = req as unknown as RoutedRequest;
  const requestId = (routed.requestId ??= requestIdOf(req));
  req.headers['x-request-id'] = requestId;
  res.setHeader('x-request-id', requestId);
  try {
    const body = await readParseBody(req);
    if (callsOf(req, body).some(({ route }) => CLOSED_ROUTES.has(route))) {
      throw new AppError('NOT_FOUND', 'This route is closed.');
    }
    if (!hasMasterKey(req, body)) await admitCaller(req, res, body, requestId);
    next();
  } catch (error) {
    sendParseError(res, error, requestId);
  }
}

async function admitCaller(req: Request, res: Response, body: ParseBody, requestId: string): Promise<void> {
  const credentials = parseCredentials(req, body);
  const calls = callsOf(req, body);
  const { actor, limit } = await admit(credentials, ipOf(req), Math.max(1, calls.length));
  for (const [name, value] of Object.entries(limitHeaders(limit))) res.setHeader(name, value);
  if (actor.kind === 'user') {
    // The JWT stands for its session: from here on Parse sees an ordinary session token.
    if (credentials.bearer) req.headers['x-parse-session-token'] = await sessionTokenOf(actor.sessionId);
    (req as unknown as RoutedRequest).callerId = actor.userId;
    recordApiCall(actor.tenantId);
    recordUserSeen(restContext(req, actor, requestId), actor.tenantId, actor.userId);
  }
  for (const { route, fields } of calls) {
    if (PASSWORD_ROUTES.has(route)) await chargeAccount(ipOf(req), accountName(fields));
  }
}

interface Call {
  /** As Parse will route it: without mount and query, one slash, dots resolved, lower case. */
  route: string;
  fields: Record<string, unknown>;
}

/** What the request asks for: itself, or a batch's sub-requests. */
function callsOf(req: Request, body: ParseBody): Call[] {
  const requests = body?.requests;
  const route = routeOf(req.path);
  if (route !== '/batch' || !Array.isArray(requests)) return [{ route, fields: { ...req.query, ...body } }];
  const mount = config().parseMount.toLowerCase();
  return requests.map((item: unknown) => {
    const { path, body: fields } = (item ?? {}) as { path?: unknown; body?: unknown };
    const inner = routeOf(typeof path === 'string' ? path : '');
    return {
      route: inner.startsWith(`${mount}/`) ? inner.slice(mount.length) : inner,
      fields: (typeof fields === 'object' ? fields : undefined) as Record<string, unknown>,
    };
  });
}

function routeOf(path: string): string {
  const [bare = ''] = path.split('?');
  return posix.normalize(`/${bare}`).toLowerCase().replace(/\/$/, '') || '/';
}

/** The account whose password the call tries. */
function accountName(fields: Record<string, unknown> | null | undefined): string {
  const name = fields?.username ?? fields?.email;
  return typeof name === 'string' ? name : '';
}

function parseCredentials(req: Request, body: ParseBody): Credentials {
  const credentials = credentialsOf(req);
  const inBody = body?._SessionToken;
  if (!credentials.sessionToken && typeof inBody === 'string' && inBody) credentials.sessionToken = inBody;
  return credentials;
}

/** Parse reads as JSON whatever is neither a form nor a file, whatever its type says. */
async function readParseBody(req: Request): Promise<ParseBody> {
  if (req.method === 'GET' || req.method === 'HEAD' || req.method === 'OPTIONS') return undefined;
  if (routeOf(req.path).startsWith('/files/') || isForm(req)) return undefined;
  if (req.headers['content-encoding'] && req.headers['content-encoding'] !== 'identity') {
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'Compressed bodies are not read; send them plain.');
  }
  const bytes = await readBytes(req, MAX_BODY_BYTES);
  const body = bytes.length ? parseJson(bytes) : {};
  guardJson(body);
  if (typeof body !== 'object' || body === null)
    throw new AppError('VALIDATION_ERROR', 'The body must be a JSON object.');
  // Parse's body parser leaves a request alone whose stream has ended.
  req.body = body;
  return body as Record<string, unknown>;
}

/** As Express tells it; a form's fields are texts and cannot be a batch. */
function isForm(req: Request): boolean {
  return Boolean(req.is('multipart/form-data') || req.is('application/x-www-form-urlencoded'));
}

/** The holder of the right key is the operator; Parse itself checks the key's addresses. */
function hasMasterKey(req: Request, body: ParseBody): boolean {
  const given = req.headers['x-parse-master-key'] ?? body?._MasterKey;
  if (typeof given !== 'string') return false;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(config().parseMasterKey));
}

function sendParseError(res: Response, error: unknown, requestId: string): void {
  const known = toAppError(error);
  const { code, message } = toParseError(known, requestId);
  if (known.retryAfterSeconds !== undefined) res.setHeader('retry-after', Math.ceil(known.retryAfterSeconds));
  res.status(known.status).json({ code, error: message });
}
