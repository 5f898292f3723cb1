import { database } from '../../../../core/database/database';
import type { ImportJob } from '../import-job';
import {
  parseAuth,
  parseConfig,
  parseRest,
  parseRestWrite,
  type ParseAuth,
  type ParseConfig,
} from '../../../../core/parse/internals';

const SESSION_MS = 2 * 3_600_000;

/** Who saves the rows of a class import. */
export interface Saver {
  config: ParseConfig;
  auth: ParseAuth;
  /** Ends the session that was made for it. */
  end: () => Promise<void>;
}

/**
 * The owner of the job, by a session of its own: triggers and guards see a signed-in person, whose account may have been
 * suspended meanwhile. Jobs of the system save with the master key.
 */
export async function openSaver(job: ImportJob): Promise<Saver> {
  const config = parseConfig();
  // The ids of new rows are ours, so that a repeated run finds what it did.
  config.allowCustomObjectId = true;
  if (job.ownerId === undefined) return { config, auth: parseAuth().master(config), end: () => Promise.resolve() };
  const { sessionData, createSession } = parseRestWrite().createSession(parseConfig(), {
    userId: job.ownerId,
    createdWith: { action: 'login', authProvider: 'import' },
    additionalSessionData: { expiresAt: { __type: 'Date', iso: new Date(Date.now() + SESSION_MS).toISOString() } },
  });
  await createSession();
  const auth = await parseAuth().getAuthForSessionToken({ config, sessionToken: sessionData.sessionToken });
  return { config, auth, end: () => endSession(sessionData.sessionToken) };
}

async function endSession(sessionToken: string): Promise<void> {
  const config = parseConfig();
  const master = parseAuth().master(config);
  const { results } = await parseRest().find(config, master, '_Session', { sessionToken }, { limit: 1 });
  for (const { objectId } of results) await parseRest().del(config, master, '_Session', objectId, {});
}

/** Those of the given ids that exist, whoever may read them. */
export async function existingIds(className: string, ids: readonly string[]): Promise<Set<string>> {
  const db = database();
  if (db.kind === 'postgres') {
    const { rows } = await db.pool.query<{ objectId: string }>(
      `select "objectId" from "${className.replaceAll('"', '')}" where "objectId" = any($1)`,
      [ids],
    );
    return new Set(rows.map((row) => row.objectId));
  }
  const found = await db.db
    .collection<{ _id: string }>(className)
    .find({ _id: { $in: [...ids] } })
    .project<{ _id: string }>({ _id: 1 })
    .toArray();
  return new Set(found.map((row) => row._id));
}
