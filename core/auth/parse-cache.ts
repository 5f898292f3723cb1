import { get as parseConfig } from 'parse-server/lib/Config';
import { config } from '../config';

/** A request that read the session before the delete may put it back after; this ends that too. */
const SECOND_DROP_MS = 250;

/** Parse keeps sessions for seconds: after a raw delete it has to be told. Other processes wait for its TTL (5 s). */
export async function dropParseSessions(sessionTokens: readonly string[]): Promise<void> {
  const drop = async (): Promise<void> => {
    const cache = parseConfig(config().parseAppId)?.cacheController.user;
    for (const sessionToken of sessionTokens) await cache?.del(sessionToken);
  };
  await drop();
  setTimeout(() => void drop().catch(() => undefined), SECOND_DROP_MS).unref();
}

/** After a raw change of a person's role membership. */
export async function dropParseRoles(userId: string): Promise<void> {
  await parseConfig(config().parseAppId)?.cacheController.role.del(userId);
}

/** After a role was changed or removed, whoever is in it: Parse forgets before its write, and not at all when it deletes. */
export async function dropAllParseRoles(): Promise<void> {
  await parseConfig(config().parseAppId)?.cacheController.role.clear();
}
