import type { IncomingMessage, ServerResponse } from 'node:http';
import { clientAddress } from '../core/auth/client-address';
import { forgiveAccount, forgiveSignIn } from '../core/limits';

/**
 * Takes a try to sign in back when it succeeds: only what failed counts. @param accounts those that were charged at the
 * door; our own operations take theirs back themselves
 */
export function forgiveSuccess(req: IncomingMessage, res: ServerResponse, accounts: readonly string[] = []): void {
  const ip = clientAddress(req);
  // GraphQL answers a refusal with 200, too.
  if (/^\/graphql\b/i.test((req as { originalUrl?: string }).originalUrl ?? '')) return;
  res.once('finish', () => {
    if (res.statusCode >= 300) return;
    void Promise.all([forgiveSignIn(ip, 'app'), ...accounts.map((account) => forgiveAccount(ip, account))]);
  });
}
