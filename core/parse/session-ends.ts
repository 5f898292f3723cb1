import Parse from 'parse/node';
// First as a whole: its parts import each other in circles, and only its own order leaves none half loaded.
import 'parse-server';
import { get } from 'parse-server/lib/Config';
import { UsersRouter } from 'parse-server/lib/Routers/UsersRouter';
import type { SessionKey } from '../auth/session.store.types';
import { config } from '../config';
import { log } from '../log';
import { wrapMethod } from './wrap-method';

/** What Parse takes away: the sessions that it found, the one that it was asked for by id or token, or all of a person. */
export interface EndedSessions {
  sessions: readonly SessionKey[];
  sessionId?: string;
  sessionToken?: string;
  userId?: string;
}

type Query = Record<string, unknown>;
type Schema = object;
interface Adapter {
  find(className: string, schema: Schema, query: Query, options: object): Promise<Query[]>;
  deleteObjectsByQuery(className: string, schema: Schema, query: Query, transaction?: unknown): Promise<unknown>;
}

/**
 * Parse Server 9.10 has no trigger for a session that ends: not where it is destroyed, nor where a new password or a
 * login on the same device ends others. All of that comes to the storage adapter; `ended` hears of it there, after the
 * rows are gone and before the answer. A logout whose session a refresh has ended meanwhile is one, too.
 */
export function followSessionEnds(ended: (what: EndedSessions) => Promise<void>): void {
  const { adapter } = get(config().parseAppId)!.database as { adapter: Adapter };
  wrapMethod(
    adapter,
    'deleteObjectsByQuery',
    (original) =>
      async function (this: Adapter, className, schema, query, transaction) {
        if (className !== '_Session') return original.call(this, className, schema, query, transaction);
        const found = await adapter.find(className, schema, query, {});
        try {
          return await original.call(this, className, schema, query, transaction);
        } finally {
          const told = ended({ sessions: found.map(keyOf), ...namedIn(query) });
          // Within a transaction the rows are locked until it is over, which does not wait for this.
          if (transaction) told.catch((error: unknown) => log().error({ err: error }, 'A sign-out was not completed.'));
          else await told;
        }
      },
  );
  const routes = UsersRouter.prototype as unknown as {
    handleLogOut(this: UsersRouter, req: { info?: { sessionToken?: string } }): Promise<{ response: object }>;
  };
  wrapMethod(
    routes,
    'handleLogOut',
    (original) =>
      async function (req) {
        const answer = await original.call(this, req).catch((error: { code?: unknown }) => {
          if (error.code !== Parse.Error.OBJECT_NOT_FOUND) throw error;
          return { response: {} };
        });
        const { sessionToken } = req.info ?? {};
        if (sessionToken) await ended({ sessions: [], sessionToken });
        return answer;
      },
  );
}

const keyOf = (row: Query): SessionKey => ({
  sessionId: row.objectId as string,
  sessionToken: row.sessionToken as string,
});

function namedIn(query: Query): Pick<EndedSessions, 'sessionId' | 'userId'> {
  const { objectId, user } = query;
  if (typeof objectId === 'string') return { sessionId: objectId };
  const { objectId: userId } = (user ?? {}) as { objectId?: unknown };
  // With other conditions it is some of a person's only.
  const isAll = Object.keys(query).every((name) => name === 'user' || name.startsWith('_'));
  return isAll && typeof userId === 'string' ? { userId } : {};
}
