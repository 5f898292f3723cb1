import type { ServerResponse } from 'node:http';
import { clientAddress } from '../core/auth/client-address';
import type { Credentials } from '../core/auth/session';
import { systemClock } from '../core/clock';
import { config } from '../core/config';
import type { Actor, Ctx } from '../core/context';
import { AppError } from '../core/errors';
import { limitHeaders } from '../core/limits';
import { tellAdmitted, tellSignOut } from '../core/listeners';
import { FileAnswer } from '../core/operation/answers';
import { execute } from '../core/operation/execute';
import type { Operation } from '../core/operation/operation';
import { isSameSecret } from '../core/secrets';
import { HeldUpload } from '../core/upload';
import { sendEvents } from './answer-events';
import { sendFileAnswer } from './answer-file';
import { readInput } from './input';
import { admit, apiKeyOf, credentialsOf, requestIdOf, restContext } from './request';
import { forgiveSuccess } from './sign-in';
import type { RoutedRequest } from './routed-request';
import { createRoutes, type Method, type Route } from './routes';
import { sendError, sendOutcome, setApiHeaders } from './respond';

/** What a browser of another origin may send: what is read here, and what Parse's clients add to all they send. */
const READ_HEADERS =
  'authorization, content-type, content-encoding, x-request-id, idempotency-key, cache-control, pragma, if-none-match, ' +
  'x-requested-with, x-parse-session-token, x-parse-application-id, x-api-key, last-event-id, range, if-range, x-parse-javascript-key';

/** Answers operations; false when the path is none of theirs, for whoever comes next. */
export type Dispatch = (req: RoutedRequest, res: ServerResponse) => boolean;

/** Knows nothing of Express, so that it can stand in front of it as well as inside. */
export function createDispatch(operations: readonly Operation[]): Dispatch {
  const find = createRoutes(operations);
  return (req, res) => {
    const [path, query] = split((req as { originalUrl?: string }).originalUrl ?? req.url ?? '/');
    const found = find(req.method ?? 'GET', path);
    if (!found) return false;
    if ('allowed' in found) {
      refuseMethod(req, res, found.allowed);
      return true;
    }
    req.routePattern = found.route.pattern;
    req.subject = { function: found.route.operation.contract.name };
    void run(found.route, req, res, found.params, query);
    return true;
  };
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
      const { input, upload, raw } = await readInput(req, contract, { params, query: new URLSearchParams(query) });
      if (upload) entered.upload = new HeldUpload(upload);
      if (raw) entered.raw = raw;
      return input;
    });
    const { stream } = outcome;
    if (stream instanceof FileAnswer) await sendFileAnswer(req, res, stream, outcome.status);
    else if (stream) await sendEvents(req, res, stream, entered);
    else sendOutcome(req, res, outcome);
  } catch (error) {
    sendError(req, res, error, requestId);
  } finally {
    // Refused, previewed, or answered from an earlier request: nobody will read the file.
    await ctx?.upload?.discard().catch(() => undefined);
  }
}

async function enter(
  req: RoutedRequest,
  res: ServerResponse,
  contract: Operation['contract'],
  requestId: string,
): Promise<Ctx> {
  // Probes must not run out of a bucket, and may send any credentials: they are ignored (contract 2.1, A36).
  if (contract.limit === 'none') return admitted(restContext(req, ANONYMOUS, requestId));
  const credentials = credentialsOf(req);
  const apiKey = apiKeyOf(req, credentials);
  const isAnonymous = !credentials.bearer && !credentials.sessionToken && apiKey === undefined;
  if (isAnonymous && contract.limit === 'signed-in') return admitted(restContext(req, ANONYMOUS, requestId));
  if (isScraper(contract, credentials))
    return admitted(restContext(req, { kind: 'system', name: 'scraper' }, requestId));
  const isSignIn = contract.limit === 'sign-in';
  const { actor, limit } = await admit(credentials, clientAddress(req), { isSignIn, apiKey }).catch(
    async (error: unknown) => {
      // A logout that comes after the refresh of its session ends what that has made.
      if (contract.signsOut) await tellSignOut({ credentials, ended: [''], now: systemClock.now() });
      throw error;
    },
  );
  if (isSignIn && actor.kind === 'anonymous') forgiveSuccess(req, res);
  for (const [name, value] of Object.entries(limitHeaders(limit))) res.setHeader(name, value);
  if (actor.kind === 'user') req.callerId = actor.userId;
  return admitted(restContext(req, actor, requestId));
}

const ANONYMOUS: Actor = { kind: 'anonymous' };

function admitted(ctx: Ctx): Ctx {
  tellAdmitted(ctx);
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
