import type { NextFunction, Request, Response } from 'express';
import { log } from '../core/log';
import { observeRequest } from '../core/metrics';
import { processPhase } from '../core/process';
import type { RoutedRequest } from './routed-request';
import { requestIdOf } from './request';

/** Every request has an id, which its answer carries; one line and one observation of it, when the answer is out. */
export function observe(req: Request, res: Response, next: NextFunction): void {
  // So that nobody sends a next request on a connection that is about to be closed.
  if (processPhase() === 'draining') res.setHeader('connection', 'close');
  const routed = req as unknown as RoutedRequest;
  res.setHeader('x-request-id', (routed.requestId = requestIdOf(req)));
  const startedAt = process.hrtime.bigint();
  noteParseCode(routed, res);
  // `close` comes also where the client left before the end; `finish` does not.
  res.once('close', () => {
    const durationMs = Number(process.hrtime.bigint() - startedAt) / 1e6;
    const { routePattern, requestId, callerId, subject, errorCode } = routed;
    const route = routePattern ?? mountOf(req.originalUrl);
    const status = res.writableFinished ? res.statusCode : 499;
    observeRequest({ method: req.method, route, status, durationMs, ...(callerId ? { userId: callerId } : {}) });
    log().info(
      {
        request_id: requestId,
        method: req.method,
        route,
        status,
        duration_ms: Math.round(durationMs * 10) / 10,
        ...subject,
        ...(errorCode === undefined ? {} : { error_code: errorCode }),
      },
      'request',
    );
  });
  next();
}

/** Parse answers its refusals itself. */
function noteParseCode(routed: RoutedRequest, res: Response): void {
  const json = res.json.bind(res);
  res.json = (body: unknown) => {
    const code = (body as { code?: unknown } | null | undefined)?.code;
    if (res.statusCode >= 400 && typeof code === 'number') routed.errorCode = code;
    return json(body);
  };
}

const MOUNTS = [
  '/parse/functions',
  '/parse/classes',
  '/parse/batch',
  '/parse',
  '/graphql',
  '/dashboard',
  '/api-docs',
  '/account',
];

/** A bounded label for what the registry did not route; never the raw path. */
function mountOf(url: string): string {
  if (/^\/(\?|$)/.test(url)) return '/';
  return MOUNTS.find((mount) => url.startsWith(mount)) ?? 'other';
}
