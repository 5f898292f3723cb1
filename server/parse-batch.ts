import type { NextFunction, Request, Response } from 'express';
import Parse from 'parse/node';
import { retryAfterOf, toAppError } from '../core/errors';
import { routeOf } from './parse-calls';

interface Result {
  error?: { code: number; error: string };
}

/**
 * Parse answers 200 to a batch whatever became of its requests. When the database failed every one of them, the
 * batch as a whole can be sent again, and says so; the results stay as they are.
 */
export function tellFailedBatch(req: Request, res: Response, next: NextFunction): void {
  if (routeOf(req.path) === '/batch') {
    const json = res.json.bind(res);
    res.json = (body: unknown) => {
      const seconds = Array.isArray(body) && body.length ? retryAfterAll(body as Result[]) : undefined;
      if (seconds !== undefined) res.status(503).setHeader('retry-after', seconds);
      return json(body);
    };
  }
  next();
}

function retryAfterAll(results: readonly Result[]): number | undefined {
  const waits = results.map(({ error }) => error && retryAfterOf(toAppError(new Parse.Error(error.code, error.error))));
  return waits.every((seconds) => seconds !== undefined) ? Math.max(...waits) : undefined;
}
