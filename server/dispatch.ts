import FindMyWay from 'find-my-way';
import { rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { endReplaced } from '../cloud/accounts/accounts.service';
import { recordApiCall, recordUserSeen } from '../cloud/analytics/analytics.service';
import { systemClock } from '../core/clock';
import { config } from '../core/config';
import type { Ctx } from '../core/context';
import { AppError } from '../core/errors';
import { limitHeaders } from '../core/limits';
import { execute } from '../core/operation/execute';
import type { Operation } from '../core/operation/operation';
import { isSameSecret } from '../core/secrets';
import { readInput } from './input';
import { admit, credentialsOf, ipOf, requestIdOf, restContext, type Credentials } from './request';
import { forgiveSuccess } from './sign-in';
import type { Subject } from './subject';
import { sendError, sendOutcome, setApiHeaders } from './respond';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
const METHODS: readonly Method[] = ['GET', 'POST', 'PUT', 'DELETE'];

/** What a browser of another origin may send: what is read here, and what Parse's clients add to all they send. */
const READ_HEADERS =
  'authorization, content-type, content-encoding, x-request-id, idempotency-key, cache-control, pragma, if-none-match, ' +
  'x-requested-with, x-parse-session-token, x-parse-application-id, x-parse-javascript-key';

/** What a request's metrics and log need to know of the route that answered it. */
export interface RoutedRequest extends IncomingMessage {
  routePattern?: string;
  requestId?: string;
  callerId?: string;
  /** For the log. */
  subject?: Subject;
  errorCode?: string | number;
}

interface Route {
  operation: Operation;
  pattern: string;
}

/** Answers operations; false when the path is none of theirs, for whoever comes next. */
export type Dispatch = (req: RoutedRequest, res: ServerResponse) => boolean;

/**
 * The registry's own router: from each definition its REST route. Knows nothing of Express, so
 * that it can stand in front of it as well as inside.
 */
export function createDispatch(operations: readonly Operation[]): Dispatch {
  const router = FindMyWay({ ignoreTrailingSlash: true, caseSensitive: false });
  const { basePath } = config();
  for (const operation of operations) {
    const { rest } = operation.contract;
    if (!rest) continue;
    for (const pattern of patternsOf(rest.path, basePath)) {
      router.on(rest.method, pattern.replace(/\{(\w+)\}/g, ':$1'), () => undefined, {
        operation,
        pattern,
      } satisfies Route);
    }
  }
  return (req, res) => {
    const [path, query] = split((req as { originalUrl?: string }).originalUrl ?? req.url ?? '/');
    const method = req.method === 'HEAD' ? 'GET' : req.method;
    const found = METHODS.includes(method as Method) ? safeFind(router, method as Method, path) : null;
    if (found) {
      const route = found.store as Route;
      req.routePattern = route.pattern;
      req.subject = { function: route.operation.contract.name };
      void run(route, req, res, found.params, query);
      return true;
    }
    const allowed = METHODS.filter((candidate) => safeFind(router, candidate, path));
    if (!allowed.length) return false;
    refuseMethod(req, res, allowed);
    return true;
  };
}

/** `//health` stands at the root; everything else below /api, and below /api/v1 as its alias. */
function patternsOf(path: string, basePath: string): string[] {
  if (path.startsWith('//')) return [path.slice(1)];
  return [`${basePath}${path}`, `${basePath}/v1${path}`];
}

/** A path that cannot be decoded is no path of ours. */
function safeFind(
  router: FindMyWay.Instance<FindMyWay.HTTPVersion.V1>,
  method: Method,
  path: string,
): FindMyWay.FindResult<FindMyWay.HTTPVersion.V1> | null {
  try {
    return router.find(method, path);
  } catch {
    return null;
  }
}

async function run(
  route: Route,
  req: RoutedRequest,
  res: ServerResponse,
  params: Record<string, string | undefined>,
  query: string,
): Promise<void> {
  const requestId = (req.requestId ??= requestIdOf(req));
  setApiHeaders(req, res, requestId);
  let ctx: Ctx | undefined;
  try {
    const { contract } = route.operation;
    const entered = (ctx = await enter(req, res, contract, requestId));
    const outcome = await execute(route.operation, entered, async () => {
      const { input, upload } = await readInput(req, contract, { params, query: new URLSearchParams(query) });
      if (upload) entered.upload = upload;
      return input;
    });
    sendOutcome(req, res, outcome);
  } catch (error) {
    sendError(req, res, error, requestId);
  } finally {
    // Refused, previewed, or answered from an earlier request: nobody will read the file.
    if (ctx?.upload) await rm(ctx.upload.path, { force: true }).catch(() => undefined);
  }
}

async function enter(
  req: RoutedRequest,
  res: ServerResponse,
  contract: Operation['contract'],
  requestId: string,
): Promise<ReturnType<typeof restContext>> {
  // Probes must not run out of a bucket, and may send any credentials: they are ignored (contract 2.1, A36).
  if (contract.tag === 'Health') return restContext(req, { kind: 'anonymous' }, requestId);
  const credentials = credentialsOf(req);
  // Nor must scrapers, where they need no credentials.
  if (contract.access.kind === 'operator' && !credentials.bearer && !credentials.sessionToken)
    return restContext(req, { kind: 'anonymous' }, requestId);
  if (isScraper(contract, credentials)) return restContext(req, { kind: 'system', name: 'scraper' }, requestId);
  const isSignIn = contract.limit === 'sign-in';
  const { actor, limit } = await admit(credentials, ipOf(req), { isSignIn }).catch(async (error: unknown) => {
    // A logout that comes after the refresh of its session ends what that has made.
    if (contract.name === 'logout') await endReplaced(credentials, [''], systemClock.now());
    throw error;
  });
  if (isSignIn && actor.kind === 'anonymous') forgiveSuccess(req, res);
  for (const [name, value] of Object.entries(limitHeaders(limit))) res.setHeader(name, value);
  const ctx = restContext(req, actor, requestId);
  if (actor.kind === 'user') {
    req.callerId = actor.userId;
    recordApiCall(actor.tenantId);
    recordUserSeen(ctx, actor.tenantId, actor.userId);
  }
  return ctx;
}

function isScraper({ access }: Operation['contract'], { bearer }: Credentials): boolean {
  const { metricsToken } = config();
  if (access.kind !== 'operator' || !access.scraper || !bearer || !metricsToken) return false;
  return isSameSecret(bearer, metricsToken);
}

function split(url: string): [path: string, query: string] {
  const at = url.indexOf('?');
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];
}

function refuseMethod(req: RoutedRequest, res: ServerResponse, allowed: readonly Method[]): void {
  const requestId = (req.requestId ??= requestIdOf(req));
  setApiHeaders(req, res, requestId);
  const methods = allowed.includes('GET') ? ['HEAD', ...allowed] : allowed;
  res.setHeader('allow', [...methods, 'OPTIONS'].join(', '));
  if (req.method !== 'OPTIONS') {
    sendError(req, res, new AppError('METHOD_NOT_ALLOWED', `Use ${allowed.join(' or ')}.`), requestId);
    return;
  }
  res.setHeader('access-control-allow-methods', methods.join(', '));
  res.setHeader('access-control-allow-headers', READ_HEADERS);
  res.setHeader('access-control-max-age', '600');
  res.writeHead(204).end();
}
