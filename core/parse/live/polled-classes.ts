import { LRUCache } from 'lru-cache';
import Parse from 'parse/node';
import { startLoop } from '../../loop';
import { isPolledClass } from './live-classes';
import type { LiveListener } from './live-hub';

const POLL_MS = 1000;
/** Clocks of processes differ, and a row may be committed after a younger one. */
const OVERLAP_MS = 5000;
const PAGE = 500;

type Json = Record<string, unknown>;

interface Following {
  since: Date;
  /** Rows as subscribers know them, by id. */
  known: LRUCache<string, Json>;
  startedAt: Date;
}

/**
 * Tells LiveQuery of rows that were written below Parse Server, in whatever process: workers write
 * a job's progress by statements of their own. Looks only while somebody is subscribed; a client
 * hears of a change within about a second, and of changes in quick succession only the last.
 * The returned function ends it.
 */
export function followPolledClasses(listener: LiveListener): () => Promise<void> {
  const following = new Map<string, Following>();
  return startLoop({
    name: 'live-query.follow',
    everyMs: POLL_MS,
    run: async () => {
      const followed = listener.followedClasses().filter(isPolledClass);
      for (const className of following.keys()) if (!followed.includes(className)) following.delete(className);
      for (const className of followed) {
        const state = following.get(className) ?? beginFollowing();
        following.set(className, state);
        await tellChanges(listener, className, state);
      }
    },
  });
}

function beginFollowing(): Following {
  const startedAt = new Date(Date.now() - OVERLAP_MS);
  return { since: startedAt, startedAt, known: new LRUCache({ max: 2 * PAGE }) };
}

async function tellChanges(listener: LiveListener, className: string, state: Following): Promise<void> {
  const query = new Parse.Query(className).greaterThanOrEqualTo('updatedAt', state.since);
  // The frame asks: LiveQuery itself compares each row with each subscriber's rights.
  const rows = await query.ascending('updatedAt').limit(PAGE).find({ useMasterKey: true });
  const last = rows.at(-1)?.updatedAt;
  if (!last) return;
  for (const found of rows) {
    const row = (found as unknown as { _toFullJSON(): Json })._toFullJSON();
    const before = state.known.get(found.id!);
    if (before && before.updatedAt === row.updatedAt) continue;
    state.known.set(found.id!, row);
    // Without an original LiveQuery would call an old row new.
    const original = before ?? (found.createdAt! < state.startedAt ? row : undefined);
    listener.deliver({ op: 'save', className, row, ...(original ? { original } : {}) });
  }
  // A full page may all lie within the overlap: then go on from its end.
  const overlap = rows.length < PAGE ? OVERLAP_MS : 0;
  state.since = new Date(Math.max(state.since.getTime(), last.getTime() - overlap));
}
