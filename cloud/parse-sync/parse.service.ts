import type { z } from 'zod';
import type { Ctx } from '../../core/context';
import { invalidField } from '../../core/operation/issues';
import { validateInput } from '../../core/operation/input';
import type { Reply } from '../../core/operation/operation';
import { manageUser, type UserAnswer } from './accounts.service';
import { manageParseUser, syncParseData, type parseService } from './parse-sync.contract';
import { syncObject, type SyncAnswer } from './sync-object.service';

type Input = z.output<typeof parseService.input>;
type Answer = SyncAnswer | UserAnswer;

/** A28: A29 or A30, by its `action`. */
export async function parseAction(ctx: Ctx, { action, ...body }: Input): Promise<Answer | Reply<Answer>> {
  const { operation, collection, data, user_data } = body;
  const foreign = action === 'data_sync' ? { user_data } : { collection, data };
  const [extra] = Object.entries(foreign).find(([, value]) => value !== undefined) ?? [];
  if (extra) throw invalidField(extra, 'unknown_field', `does not belong to ${action}`);
  if (action === 'data_sync') {
    return syncObject(ctx, validateInput(syncParseData.input, given({ operation, collection, data })));
  }
  if (operation === 'upsert') throw invalidField('operation', 'not_allowed', 'must be create, read, update or delete');
  return manageUser(ctx, validateInput(manageParseUser.input, given({ action: operation, user_data })));
}

const given = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
