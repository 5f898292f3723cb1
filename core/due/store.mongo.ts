import type { Collection, Db, Filter } from 'mongodb';
import { duplicatesOf } from '../database/kit/duplicate';
import { classOf } from './classes';
import type { DueError, DueState, DueStore, Lane, LeasedRow, Settlement, StoredRow } from './due.types';

interface DueDocument {
  _id: string;
  tenant: string;
  rank: number;
  state: DueState;
  due_at: Date;
  state_at: Date | null;
  attempts: number;
  token: string | null;
  payload: unknown;
  error: DueError | null;
}

/** Each tenant's name costs a question of its own here. */
const LANES = 32;
const OPEN: DueState[] = ['waiting', 'ready', 'leased'];

/** Every change is one conditional write of one row: no transaction is needed, and none would help. */
export function mongoDueStore(db: Db, name: string): DueStore {
  const rows = db.collection<DueDocument>(`app_due_${name}`);
  const change = async (filter: Filter<DueDocument>, values: Partial<DueDocument>): Promise<number> =>
    (await rows.updateMany(filter, { $set: values })).modifiedCount;
  const keysOf = async (filter: Filter<DueDocument>, limit: number): Promise<string[]> =>
    (
      await rows
        .find(filter, { projection: { _id: 1 } })
        .limit(limit)
        .toArray()
    ).map(({ _id }) => _id);

  return {
    insert: async (news, client) => {
      if (client) throw new Error('Only PostgreSQL takes due rows within a transaction.');
      return insertMissing(rows, news);
    },

    promote: async (now, limit) => {
      const over: Filter<DueDocument> = { state: { $in: ['waiting', 'leased'] }, state_at: { $lte: now } };
      const keys = await keysOf(over, limit);
      if (!keys.length) return 0;
      // The condition again: a lease may have been renewed meanwhile.
      return change({ ...over, _id: { $in: keys } }, { state: 'ready', state_at: null, token: null });
    },

    lanes: async (after, limit) =>
      (await Promise.all(after.map((tenant, rank) => lanesOf(rows, rank, tenant, Math.min(limit, LANES))))).flat(),

    take: async (shares, { token, until }) => {
      const heads = await Promise.all(
        shares.map(({ rank, tenant, want }) =>
          rows
            .find({ state: 'ready', rank, tenant }, { projection: { _id: 1 } })
            .sort({ due_at: 1 })
            .limit(want)
            .toArray(),
        ),
      );
      const keys = heads.flat().map(({ _id }) => _id);
      if (!keys.length) return [];
      await rows.updateMany(
        { _id: { $in: keys }, state: 'ready' },
        { $set: { state: 'leased', state_at: until, token }, $inc: { attempts: 1 } },
      );
      // Of two who saw the same rows each has those that bear his token.
      return (await rows.find({ _id: { $in: keys }, state: 'leased', token }).toArray()).map(toLeased);
    },

    settle: (settlements, now) => settleAll(rows, settlements, now),

    renew: async (held, now, until) => {
      let renewed = 0;
      for (const [token, keys] of byToken(held)) {
        const filter = { _id: { $in: keys }, token, state: 'leased' as const, state_at: { $gt: now } };
        renewed += (await rows.updateMany(filter, { $set: { state_at: until } })).matchedCount;
      }
      return renewed;
    },

    cancel: (keys, now) =>
      change({ _id: { $in: [...keys] }, state: { $in: ['waiting', 'ready'] } }, { state: 'cancelled', state_at: now }),

    revive: (keys, now) =>
      change(
        { _id: { $in: [...keys] }, state: 'buried' },
        { state: 'ready', state_at: null, due_at: now, attempts: 0 },
      ),

    reviveBuried: async (until, now, limit) => {
      const old: Filter<DueDocument> = { state: 'buried', state_at: { $lte: until } };
      const found = await rows
        .find(old, { projection: { _id: 1 } })
        .sort({ state_at: 1 })
        .limit(limit)
        .toArray();
      if (!found.length) return 0;
      const keys = found.map(({ _id }) => _id);
      return change({ ...old, _id: { $in: keys } }, { state: 'ready', state_at: null, due_at: now, attempts: 0 });
    },

    buried: async ({ skip, limit }) => {
      const found = await rows
        .find({ state: 'buried' }, { projection: { state_at: 1 } })
        .sort({ state_at: -1, _id: -1 })
        .skip(skip)
        .limit(limit)
        .toArray();
      return found.map(({ _id, state_at }) => ({ key: _id, at: state_at! }));
    },

    nextAt: async (now) => {
      if (await rows.findOne({ state: 'ready' }, { projection: { _id: 1 } })) return now;
      const first = async (state: DueState): Promise<number> =>
        (await rows.find({ state }).sort({ state_at: 1 }).limit(1).toArray())[0]?.state_at?.getTime() ?? Infinity;
      const at = Math.min(await first('waiting'), await first('leased'));
      return at === Infinity ? undefined : new Date(at);
    },

    count: (state, limit) => rows.countDocuments({ state }, { limit }),

    busiest: async (limit) => {
      const found = await rows
        .aggregate<{ _id: string; count: number }>([
          { $match: { state: { $in: OPEN } } },
          { $group: { _id: '$tenant', count: { $sum: 1 } } },
          { $sort: { count: -1, _id: 1 } },
          { $limit: limit },
        ])
        .toArray();
      return found.map(({ _id: tenant, count }) => ({ tenant, count }));
    },

    find: async (key) => {
      const row = await rows.findOne({ _id: key });
      if (!row) return undefined;
      const { token: _token, ...rest } = toLeased(row);
      return { ...rest, state: row.state, error: row.error };
    },

    trim: async (before, limit) => {
      const over: Filter<DueDocument> = {
        $or: [
          { state: { $in: ['done', 'cancelled'] }, state_at: { $lt: before.done } },
          { state: 'buried', state_at: { $lt: before.buried } },
        ],
      };
      const keys = await keysOf(over, limit);
      return keys.length ? (await rows.deleteMany({ ...over, _id: { $in: keys } })).deletedCount : 0;
    },
  };
}

async function insertMissing(rows: Collection<DueDocument>, news: readonly StoredRow[]): Promise<number> {
  if (!news.length) return 0;
  const documents = news.map(({ key, tenant, rank, dueAt, isReady, payload }) => ({
    ...{ _id: key, tenant, rank, due_at: dueAt, payload },
    ...(isReady ? { state: 'ready' as const, state_at: null } : { state: 'waiting' as const, state_at: dueAt }),
    ...{ attempts: 0, token: null, error: null },
  }));
  try {
    return (await rows.insertMany(documents, { ordered: false })).insertedCount;
  } catch (error) {
    // The error's own count is that of the rows sent.
    return news.length - duplicatesOf(error).length;
  }
}

async function lanesOf(rows: Collection<DueDocument>, rank: number, after: string, limit: number): Promise<Lane[]> {
  const found: Lane[] = [];
  const walk = async (from: Filter<DueDocument>, until?: string): Promise<void> => {
    for (let range = from; found.length < limit;) {
      const filter: Filter<DueDocument> = { state: 'ready', rank, ...range };
      const row = await rows
        .find(filter, { projection: { tenant: 1 } })
        .sort({ tenant: 1 })
        .limit(1)
        .next();
      if (!row || (until !== undefined && row.tenant > until)) return;
      found.push({ rank, tenant: row.tenant });
      range = { tenant: { $gt: row.tenant } };
    }
  };
  await walk({ tenant: { $gt: after } });
  await walk({}, after);
  return found;
}

async function settleAll(
  rows: Collection<DueDocument>,
  settlements: readonly Settlement[],
  now: Date,
): Promise<number> {
  const held = { state: 'leased' as const, state_at: { $gt: now } };
  let settled = 0;
  const done = settlements.filter(({ outcome }) => outcome === 'done');
  for (const [token, keys] of byToken(done)) {
    const end = { $set: { state: 'done' as const, state_at: now, token: null, error: null } };
    settled += (await rows.updateMany({ ...held, _id: { $in: keys }, token }, end)).modifiedCount;
  }
  const others = settlements.filter(({ outcome }) => outcome !== 'done');
  if (!others.length) return settled;
  const writes = others.map((settlement) => ({
    updateOne: { filter: { ...held, _id: settlement.key, token: settlement.token }, update: endOf(settlement, now) },
  }));
  return settled + (await rows.bulkWrite(writes, { ordered: false })).modifiedCount;
}

function endOf(settlement: Settlement, now: Date): { $set: Partial<DueDocument>; $inc?: { attempts: number } } {
  const error = 'error' in settlement && settlement.error ? { error: settlement.error } : {};
  if (settlement.outcome !== 'postponed')
    return { $set: { state: settlement.outcome, state_at: now, token: null, ...error } };
  return {
    $set: { state: 'waiting', state_at: settlement.at, token: null, ...error },
    ...(settlement.isFree ? { $inc: { attempts: -1 } } : {}),
  };
}

function byToken(rows: readonly Pick<LeasedRow, 'key' | 'token'>[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { key, token } of rows) {
    const keys = groups.get(token);
    if (keys) keys.push(key);
    else groups.set(token, [key]);
  }
  return groups;
}

function toLeased({ _id, tenant, rank, due_at, attempts, payload, token }: DueDocument): LeasedRow {
  return { key: _id, tenant, class: classOf(rank), dueAt: due_at, attempts, payload, token: token ?? '' };
}
