import { createHash, timingSafeEqual } from 'node:crypto';
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
const CLOSED_ROUTES = /^\/challenge\/?$/i;

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
    if (CLOSED_ROUTES.test(req.path)) throw new AppError('NOT_FOUND', 'This route is closed.');
    const body = await readParseBody(req);
    if (!hasMasterKey(req, body)) await admitCaller(req, res, body, requestId);
    next();
  } catch (error) {
    sendParseError(res, error, requestId);
  }
}

async function admitCaller(req: Request, res: Response, body: ParseBody, requestId: string): Promise<void> {
  const credentials = parseCredentials(req, body);
  const { actor, limit } = await admit(credentials, ipOf(req), costOf(req, body));
  for (const [name, value] of Object.entries(limitHeaders(limit))) res.setHeader(name, value);
  if (actor.kind === 'user') {
    // The JWT stands for its session: from here on Parse sees an ordinary session token.
    if (credentials.bearer) req.headers['x-parse-session-token'] = await sessionTokenOf(actor.sessionId);
    (req as unknown as RoutedRequest).callerId = actor.userId;
    recordApiCall(actor.tenantId);
    recordUserSeen(restContext(req, actor, requestId), actor.tenantId, actor.userId);
  }
  for (const name of loginNames(req, body)) await chargeAccount(ipOf(req), name);
}

const LOGIN = /\/login(As)?\/?(\?|$)/i;

/** Accounts whose passwords this request tries: its own, or those of a batch's sub-requests. */
function loginNames(req: Request, body: ParseBody): string[] {
  if (LOGIN.test(req.path)) return [accountName({ ...req.query, ...body })];
  const requests: unknown[] = isBatch(req) && Array.isArray(body?.requests) ? body.requests : [];
  return requests.flatMap((item) => {
    const { path, body: inner } = (item ?? {}) as { path?: unknown; body?: unknown };
    if (typeof path !== 'string' || !LOGIN.test(path)) return [];
    return [accountName(typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {})];
  });
}

function accountName(fields: Record<string, unknown>): string {
  const name = fields.username ?? fields.email;
  return typeof name === 'string' ? name : '';
}

const isBatch = (req: Request): boolean => /^\/batch\/?$/i.test(req.path);

function parseCredentials(req: Request, body: ParseBody): Credentials {
  const credentials = credentialsOf(req);
  const inBody = body?._SessionToken;
  if (!credentials.sessionToken && typeof inBody === 'string' && inBody) credentials.sessionToken = inBody;
  return credentials;
}

/** JSON that Parse would read: as application/json, or as text/plain from browsers. */
async function readParseBody(req: Request): Promise<ParseBody> {
  if (req.method === 'GET' || req.method === 'HEAD' || req.method === 'OPTIONS' || /^\/files\//i.test(req.path))
    return undefined;
  const type = req.headers['content-type'] ?? '';
  if (type && !/^(application\/(?:[\w.+-]+\+)?json|text\/plain)\b/i.test(type)) return undefined;
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

function costOf(req: Request, body: ParseBody): number {
  const requests = body?.requests;
  return isBatch(req) && Array.isArray(requests) ? Math.max(1, requests.length) : 1;
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
