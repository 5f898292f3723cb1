import type { Application, NextFunction, Request, Response } from 'express';
import Parse from 'parse/node';
import { readTwice } from '../database/outages';
import { AppError, parseStatusOf, retryAfterOf, toAppError, toParseError } from '../errors';
import { log } from '../log';

type Method = (...args: unknown[]) => Promise<unknown>;

const READS = ['classExists', 'getAllClasses', 'getClass', 'find', 'count', 'distinct', 'aggregate', 'getIndexes'];
const WRITES = [
  ...['createObject', 'updateObjectsByQuery', 'findOneAndUpdate', 'upsertOneObject', 'deleteObjectsByQuery'],
  ...['createTransactionalSession', 'commitTransactionalSession'],
  ...['createClass', 'deleteClass', 'deleteFields', 'addFieldIfNotExists', 'updateFieldOptions'],
  ...['setClassLevelPermissions', 'setIndexesWithSchemaFormat', 'ensureIndex', 'ensureUniqueness'],
];

/**
 * What Parse Server asks of a database that is away: a read is tried once more when its connection was lost, and what
 * fails then is our DATABASE_ERROR, in Parse's form, at every door. Parse Server 9.10 answers 500 and hides the reason.
 */
export function outlastOutages(adapter: object): void {
  for (const name of READS) wrap(adapter, name, (ask) => readTwice(ask));
  for (const name of WRITES) wrap(adapter, name, (ask) => ask());
}

function wrap(adapter: object, name: string, run: (ask: () => Promise<unknown>) => Promise<unknown>): void {
  const methods = adapter as Record<string, Method>;
  const method = methods[name]!.bind(adapter);
  methods[name] = async (...args) => {
    try {
      return await run(() => method(...args));
    } catch (error) {
      if (!isOutage(error)) throw error;
      const { code: reason, message: text } = error as { code?: unknown; message?: unknown };
      log().warn({ method: name, reason: reason ?? text }, 'The database failed Parse Server.');
      const { code, message } = toParseError(new AppError('DATABASE_ERROR', 'The database did not answer.'), '');
      throw new Parse.Error(code, message);
    }
  };
}

/** Parse's adapter for MongoDB has a text of its own for what passes. */
function isOutage(error: unknown): boolean {
  if (error instanceof Parse.Error)
    return error.code === Parse.Error.INTERNAL_SERVER_ERROR && error.message === 'Database error';
  return toAppError(error).code === 'DATABASE_ERROR';
}

/** What Parse Server would answer with 500 though it passes, is 503 and says when to come again. */
export function answerOutages(app: Application): void {
  app.use(answerOutage);
  // Before Parse's own handler of errors.
  const { stack } = app.router as unknown as { stack: unknown[] };
  stack.splice(-1, 0, stack.pop());
}

function answerOutage(error: unknown, req: Request, res: Response, next: NextFunction): void {
  const known = toAppError(error);
  if (known.status !== 503 || res.headersSent) {
    next(error);
    return;
  }
  const retryAfter = retryAfterOf(known);
  if (retryAfter !== undefined) res.setHeader('retry-after', retryAfter);
  const { code, message } = toParseError(known, req.get('x-request-id') ?? '');
  res.status(parseStatusOf(known)).json({ code, error: message });
}
