import type { Application, NextFunction, Request, Response } from 'express';
import Parse from 'parse/node';
import { database } from '../database/database';

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
  const { createTransactionalSession: begin, abortTransactionalSession: abort } = adapter as Transactions;
  Object.assign(adapter, {
    createTransactionalSession: async () => {
      if (!(await hasTransactions())) throw noTransactions();
      return database().kind === 'postgres' ? beginOnPostgres(adapter as PostgresAdapter) : begin.call(adapter);
    },
    // It is told of the undoing as an error, which the undoing is not.
    abortTransactionalSession: (session: unknown) => abort.call(adapter, session).catch(() => undefined),
  });
  app.use(answerRefusal);
  // Before Parse's own handler of errors.
  const { stack } = app.router as unknown as { stack: unknown[] };
  stack.splice(-1, 0, stack.pop());
}

interface Transactions {
  createTransactionalSession: () => Promise<unknown>;
  abortTransactionalSession: (session: unknown) => Promise<unknown>;
}

interface PostgresAdapter {
  _client: { tx(work: (t: unknown) => Promise<unknown>): Promise<unknown> };
}

/** As the adapter does it, but where there is no connection the adapter answers nothing, and its failure ends the process. */
function beginOnPostgres({ _client: client }: PostgresAdapter): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const session: Record<string, unknown> = { batch: [] };
    const result = client.tx((t) => {
      const promise = new Promise((end) => Object.assign(session, { t, resolve: end }));
      resolve(Object.assign(session, { promise }));
      return promise;
    });
    session.result = result;
    result.catch(reject);
  });
}

/** A MongoDB that is no replica set has none; it would say so after the first writes, with 500. */
async function hasTransactions(): Promise<boolean> {
  const opened = database();
  if (opened.kind === 'postgres') return true;
  const { setName, msg } = await opened.db.admin().command({ isMaster: 1 });
  return setName !== undefined || msg === 'isdbgrid';
}

const noTransactions = (): Parse.Error =>
  new Parse.Error(Parse.Error.COMMAND_UNAVAILABLE, 'This MongoDB is no replica set: it has no transactions.');

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
    // Ours, or none.
    const reason = failures.find(({ error: text }) => text?.startsWith('{'))?.error;
    next(new Parse.Error(Parse.Error.INTERNAL_SERVER_ERROR, reason ?? 'Internal server error.'));
    return;
  }
  const message = `${cause.error} (requests[${cause.index}]; nothing of the batch is stored)`;
  next(new Parse.Error(cause.code!, message));
}
