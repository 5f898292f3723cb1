import { database } from '../database/database';

type Query = Record<string, unknown>;
type Count = (
  className: string,
  schema: object,
  query: Query | null | undefined,
  readPreference: unknown,
  estimate: boolean,
  ...rest: unknown[]
) => Promise<number>;

/** Every row has an id. */
const ANY_ROW: Query = { objectId: { $exists: true } };

/**
 * Parse Server 9.10 answers a count without conditions from statistics: on PostgreSQL from what the
 * last ANALYZE saw (0 for a new table), on MongoDB from metadata that may be wrong after a crash.
 * Every door counts through the storage adapter, so here it becomes the number of rows for all, at
 * the cost of a pass over the class.
 */
export function countExactly(adapter: object): void {
  const methods = adapter as { count: Count };
  const count = methods.count.bind(adapter);
  methods.count = (className, schema, query, readPreference, _estimate, ...rest) =>
    // Before it drops a class Parse asks with an empty preference, which MongoDB refuses where it really counts.
    count(className, schema, conditionsOf(query), readPreference || undefined, false, ...rest);
}

/** PostgreSQL can be told; MongoDB's adapter estimates whatever has no condition. */
function conditionsOf(query: Query | null | undefined): Query | null | undefined {
  const isOpen = !query || Object.keys(query).length === 0;
  return isOpen && database().kind === 'mongo' ? ANY_ROW : query;
}
