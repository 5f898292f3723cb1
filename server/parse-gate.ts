import type { NextFunction, Request, Response } from 'express';
import { clientAddress } from '../core/auth/client-address';
import { carryIdentity } from '../core/auth/identity';
import type { Credentials } from '../core/auth/session';
import { systemClock } from '../core/clock';
import { config } from '../core/config';
import type { Actor } from '../core/context';
import { AppError } from '../core/errors';
import { chargeAccount, chargeDownload, limitHeaders } from '../core/limits';
import { tellAdmitted, tellSignOut } from '../core/listeners';
import { isSameSecret } from '../core/secrets';
import { accountsTriedBy } from './graphql-logins';
import { readParseBody } from './parse-body';
import type { ParseCall } from './parse-call';
import {
  callsOf,
  endedSession,
  guardCall,
  routeOf,
  triedAccount,
  type ParseBody,
  isGraphql,
  isSignInCall,
} from './parse-calls';
import { passOnce } from './parse-once';
import { sendParseError } from './parse-respond';
import { pathSubject, subjectOf } from './subject';
import { admit, credentialsOf, requestIdOf, restContext } from './request';
import { forgiveSuccess } from './sign-in';
import type { RoutedRequest } from './routed-request';

/**
 * Stands before Parse Server and GraphQL: limits (a batch costs its sub-requests), our JWT as a
 * credential, a depth limit (3,000 nested arrays overflow Parse's stack), and the closed routes.
 */
export async function parseGate(req: Request, res: Response, next: NextFunction): Promise<void> {
  const routed = req as unknown as RoutedRequest;
  const requestId = (routed.requestId ??= requestIdOf(req));
  req.headers['x-request-id'] = requestId;
  res.setHeader('x-request-id', requestId);
  routed.subject = pathSubject(req);
  try {
    const body = await readParseBody(req, res);
    routed.subject = subjectOf(req, body);
    for (const call of callsOf(req, body)) guardCall(call);
    const actor: Actor = hasMasterKey(req, body) ? { kind: 'master' } : await admitCaller(req, res, body);
    const ctx = restContext(req, actor, requestId);
    tellAdmitted(ctx);
    await passOnce(req, res, { ctx, body, next });
  } catch (error) {
    sendParseError(req, res, error);
  }
}

async function admitCaller(req: Request, res: Response, body: ParseBody): Promise<Actor> {
  const since = performance.now();
  const credentials = ignoresSession(req) ? {} : parseCredentials(req, body);
  const calls = callsOf(req, body);
  const tried = isGraphql(req) ? accountsTriedBy(body) : calls.flatMap((call) => triedAccount(call) ?? []);
  const isSignIn = isGraphql(req) ? tried.length > 0 : calls.length === 1 && isSignInCall(calls[0]!);
  // Pages show pictures without credentials, many at once: such reads have a bucket of their own.
  const { actor, limit } = isDownload(req, credentials)
    ? { actor: ANONYMOUS, limit: await chargeDownload(clientAddress(req)) }
    : await admitSigningOut(sessionsEndedBy(req, body, calls), credentials, () =>
        admit(credentials, clientAddress(req), { cost: Math.max(1, calls.length), isSignIn }),
      );
  for (const [name, value] of Object.entries(limitHeaders(limit))) res.setHeader(name, value);
  if (actor.kind === 'user') {
    // The JWT stands for its session: from here on Parse sees an ordinary session token.
    if (credentials.bearer) req.headers['x-parse-session-token'] = actor.sessionToken;
    carryIdentity(req.headers, actor, since);
    (req as unknown as RoutedRequest).callerId = actor.userId;
  }
  if (isSignIn && actor.kind === 'anonymous') forgiveSuccess(req, res, tried);
  for (const account of tried) await chargeAccount(clientAddress(req), account);
  return actor;
}

type Admitted = Awaited<ReturnType<typeof admit>>;

/** A refresh beside a sign-out: whichever comes later, its tokens do not outlive it. */
async function admitSigningOut(
  ended: readonly string[],
  credentials: Credentials,
  enter: () => Promise<Admitted>,
): Promise<Admitted> {
  if (!ended.length) return enter();
  let admitted: Admitted;
  try {
    admitted = await enter();
  } catch (error) {
    if (error instanceof AppError && error.code === 'UNAUTHORIZED')
      await tellSignOut({ credentials, ended, now: systemClock.now() });
    throw error;
  }
  const { actor } = admitted;
  if (actor.kind === 'user')
    await tellSignOut({ credentials, ended, sessionId: actor.sessionId, now: systemClock.now() });
  return admitted;
}

function sessionsEndedBy(req: Request, body: ParseBody, calls: readonly ParseCall[]): string[] {
  if (!isGraphql(req)) return calls.flatMap((call) => endedSession(call) ?? []);
  return typeof body?.query === 'string' && /\blogOut\b/.test(body.query) ? [''] : [];
}

/** Parse looks at no session where one logs in, and where it answers without knowing anybody: a stale one does no harm. */
function ignoresSession(req: Request): boolean {
  return !isGraphql(req) && /^\/(login|health)$/.test(routeOf(req.path));
}

const ANONYMOUS: Actor = { kind: 'anonymous' };

function isDownload(req: Request, { bearer, sessionToken }: Credentials): boolean {
  const isRead = req.method === 'GET' || req.method === 'HEAD';
  return isRead && !bearer && !sessionToken && routeOf(req.path).startsWith('/files/');
}

function parseCredentials(req: Request, body: ParseBody): Credentials {
  const credentials = credentialsOf(req);
  const inBody = body?._SessionToken;
  if (!credentials.sessionToken && typeof inBody === 'string' && inBody) credentials.sessionToken = inBody;
  return credentials;
}

/** The holder of the right key is the operator; Parse itself checks the key's addresses. */
function hasMasterKey(req: Request, body: ParseBody): boolean {
  const given = req.headers['x-parse-master-key'] ?? body?._MasterKey;
  if (typeof given !== 'string') return false;
  return isSameSecret(given, config().parseMasterKey);
}

/** What neither our gate nor Parse's router knows, in Parse's form. */
export function refuseUnknownRoute(req: Request, res: Response): void {
  sendParseError(req, res, new AppError('NOT_FOUND', 'No such route.'));
}
