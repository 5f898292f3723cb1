import type { Application, NextFunction, Request, Response } from 'express';
import Parse from 'parse/node';

interface Failure {
  code?: number;
  error?: string;
}
type BatchResult = { success: unknown } | { error: Failure };

/**
 * Of a batch with `transaction` Parse Server 9.10 stores nothing when a request in it is refused, and answers 500 with
 * no reason: on PostgreSQL the undone transaction's own error hides the results, and results are no error that its last
 * handler knows. Here the answer becomes the refusal.
 */
export function answerRefusedTransactions(app: Application, adapter: object): void {
  const { abortTransactionalSession: abort } = adapter as {
    abortTransactionalSession: (session: unknown) => Promise<unknown>;
  };
  Object.assign(adapter, {
    // It is told of the undoing as an error, which the undoing is not.
    abortTransactionalSession: (session: unknown) => abort.call(adapter, session).catch(() => undefined),
  });
  app.use(answerRefusal);
  // Before Parse's own handler of errors.
  const { stack } = app.router as unknown as { stack: unknown[] };
  stack.splice(-1, 0, stack.pop());
}

function answerRefusal(error: unknown, _req: Request, res: Response, next: NextFunction): void {
  const results = (error as { response?: unknown } | undefined)?.response;
  if (error instanceof Error || !Array.isArray(results)) {
    next(error);
    return;
  }
  const failures = (results as BatchResult[]).flatMap((result, index) =>
    'error' in result ? [{ ...result.error, index }] : [],
  );
  // The statements after a refused one fail as well, without a reason of their own.
  const cause = failures.find(({ code }) => code !== undefined && code !== Parse.Error.INTERNAL_SERVER_ERROR);
  if (!cause) {
    next(new Parse.Error(Parse.Error.INTERNAL_SERVER_ERROR, 'Internal server error.'));
    return;
  }
  const message = `${cause.error} (requests[${cause.index}]; nothing of the batch is stored)`;
  next(new Parse.Error(cause.code!, message));
}
