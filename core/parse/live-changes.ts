import { LRUCache } from 'lru-cache';
import Parse from 'parse/node';
import { startSweeper } from '../sweeper';
import type { ParseInstance } from './boot';
import { LIVE_QUERY_CLASSES } from './live-query';

const POLL_MS = 1000;
/** Clocks of processes differ, and a row may be committed after a younger one. */
const OVERLAP_MS = 5000;
const PAGE = 500;

interface Following {
  since: Date;
  /** Rows as subscribers know them, by id. */
  known: LRUCache<string, Parse.Object>;
  startedAt: Date;
}

/**
 * Tells LiveQuery of rows that were written below Parse Server, in whatever process: workers write
 * a job's progress by statements of their own. Looks only while somebody is subscribed; a client
 * hears of a change within about a second, and of changes in quick succession only the last.
 * The returned function ends it.
 */
export function followLiveClasses(parse: ParseInstance): () => Promise<void> {
  const following = new Map<string, Following>();
  return startSweeper({
    name: 'live-query.follow',
    everyMs: POLL_MS,
    run: async () => {
      for (const className of LIVE_QUERY_CLASSES) {
        if (!parse.liveQueryServer?.subscriptions.get(className)?.size) {
          following.delete(className);
          continue;
        }
        const state = following.get(className) ?? beginFollowing();
        following.set(className, state);
        await publishChanges(parse, className, state);
      }
    },
  });
}

function beginFollowing(): Following {
  const startedAt = new Date(Date.now() - OVERLAP_MS);
  return { since: startedAt, startedAt, known: new LRUCache({ max: 2 * PAGE }) };
}

async function publishChanges(parse: ParseInstance, className: string, state: Following): Promise<void> {
  const query = new Parse.Query(className).greaterThanOrEqualTo('updatedAt', state.since);
  // The frame asks: LiveQuery itself compares each row's ACL with each subscriber.
  const rows = await query.ascending('updatedAt').limit(PAGE).find({ useMasterKey: true });
  const last = rows.at(-1)?.updatedAt;
  if (!last) return;
  const schema = await parse.config.databaseController.loadSchema();
  const permissions = schema.getClassLevelPermissions(className);
  for (const row of rows) {
    const before = state.known.get(row.id!);
    if (before && before.updatedAt!.getTime() === row.updatedAt!.getTime()) continue;
    state.known.set(row.id!, row);
    // Without an original LiveQuery would call an old row new.
    const original = before ?? (row.createdAt! < state.startedAt ? row : undefined);
    parse.config.liveQueryController.onAfterSave(className, row, original, permissions);
  }
  // A full page may all lie within the overlap: then go on from its end.
  const overlap = rows.length < PAGE ? OVERLAP_MS : 0;
  state.since = new Date(Math.max(state.since.getTime(), last.getTime() - overlap));
}
