import type { z } from 'zod';
import { config } from '../../core/config';
import { isPlatformAdmin, type Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import { Reply } from '../../core/operation/operation';
import { manageAccount } from '../accounts/manage-account.service';
import type { manageParseUser } from './parse-sync.contract';
import { manageRemoteUser } from './remote-users';

type Input = z.output<typeof manageParseUser.input>;
export type UserAnswer = z.input<typeof manageParseUser.output>;

/** A30. @throws AppError FORBIDDEN, VALIDATION_ERROR, NOT_FOUND, CONFLICT */
export async function manageUser(ctx: Ctx, { action, user_data }: Input): Promise<UserAnswer | Reply<UserAnswer>> {
  // A key is of a tenant, and accounts are the platform's.
  if (!isPlatformAdmin(ctx.actor)) throw new AppError('FORBIDDEN', 'Only administrators manage accounts.');
  const server = config().integrations.parse;
  const user = server ? await manageRemoteUser(server, action, user_data) : await manageAccount(ctx, action, user_data);
  const answer: UserAnswer = { success: true, action, user };
  return action === 'create' ? new Reply(201, answer) : answer;
}
