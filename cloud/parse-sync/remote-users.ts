import type { ParseTarget } from '../../core/config.integrations';
import { AppError } from '../../core/errors';
import { invalidField } from '../../core/operation/issues';
import type { ParseRow, SavedRow } from '../../core/parse/internals';
import { callRemote } from './remote';
import type { ParseAccount } from './parse-sync.contract';

type UserData = Readonly<Record<string, unknown>> & { objectId?: string | undefined };

/** Accounts of another Parse Server, with its master key. @throws AppError NOT_FOUND, CONFLICT, VALIDATION_ERROR */
export async function manageRemoteUser(
  server: ParseTarget,
  action: 'create' | 'read' | 'update' | 'delete',
  data: UserData,
): Promise<ParseAccount> {
  if (action === 'create') {
    const body = { username: data['email'], ...data };
    const { objectId } = await callRemote<SavedRow>(server, { method: 'POST', path: '/users', body });
    return presented(await callRemote<ParseRow>(server, { path: pathOf(objectId!) }));
  }
  const found = await findUser(server, data);
  if (action === 'update') {
    const { objectId: _id, ...body } = data;
    await callRemote(server, { method: 'PUT', path: pathOf(found.objectId), body });
    return presented(await callRemote<ParseRow>(server, { path: pathOf(found.objectId) }));
  }
  if (action === 'delete') await callRemote(server, { method: 'DELETE', path: pathOf(found.objectId) });
  return presented(found);
}

const pathOf = (id: string): string => `/users/${encodeURIComponent(id)}`;

async function findUser(server: ParseTarget, { objectId, ...data }: UserData): Promise<ParseRow> {
  if (objectId !== undefined) return callRemote<ParseRow>(server, { path: pathOf(objectId) });
  const name = ['username', 'email'].find((field) => typeof data[field] === 'string');
  if (!name) throw invalidField('user_data.objectId', 'missing', 'is missing');
  const where = encodeURIComponent(JSON.stringify({ [name]: data[name] }));
  const { results } = await callRemote<{ results: ParseRow[] }>(server, { path: `/users?limit=1&where=${where}` });
  if (!results[0]) throw new AppError('NOT_FOUND', 'The other Parse Server has no such account.');
  return results[0];
}

/** Never among what is shown, whatever the other server answers. */
const HIDDEN = /^(_|password$|authData$|sessionToken$|ACL$|objectId$|createdAt$|updatedAt$|emailVerified$)/;

function presented(row: ParseRow): ParseAccount {
  const { objectId: id, username, email, emailVerified, createdAt, updatedAt } = row;
  const others = Object.entries(row).filter(([name]) => !HIDDEN.test(name));
  return {
    ...Object.fromEntries(others),
    id,
    username: username as string,
    email: (email as string | undefined) ?? null,
    email_verified: emailVerified === true,
    created_at: createdAt as string,
    updated_at: updatedAt,
  };
}
