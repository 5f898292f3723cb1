import Parse from 'parse/node';
import { log } from '../log';

type Method = (...args: unknown[]) => Promise<unknown>;

/** What a client's `where` reaches. */
const QUERIES = ['find', 'count', 'distinct', 'aggregate'] as const;

/**
 * PostgreSQL: data exceptions, types and functions that do not fit, a statement that is too complex,
 * and 08P01, which it says of a statement with NUL in it.
 */
const REFUSED_BY_POSTGRES = /^(22...|08P01|42601|42703|42704|42725|42804|42846|42883|42P08|42P10|42P18|42P22|54...)$/;
/** MongoDB: BadValue, FailedToParse, TypeMismatch, and what lacks an index or a plan. */
const REFUSED_BY_MONGO = new Set<unknown>([2, 9, 14, 27, 168, 291]);
/** MongoDB's assertions about what it was asked; codes of its own state are below. */
const FIRST_ASSERTION = 15_000;

/**
 * Parse Server 9.10 answers 500 where the database cannot compare what a `where` compares (a regular
 * expression on a number, a polygon of one point, …). Every door asks through the storage adapter,
 * so here it becomes Parse's "invalid query" for all of them.
 */
export function refuseInvalidQueries(adapter: object): void {
  const methods = adapter as Record<string, Method>;
  for (const name of QUERIES) {
    const ask = methods[name]!.bind(adapter);
    methods[name] = async (...args) => {
      try {
        return await ask(...args);
      } catch (error) {
        if (!isClientsFault(error)) throw error;
        const { code, name: kind } = error as { code?: unknown; name?: unknown };
        // Without its text, which may quote a value.
        log().warn({ method: name, class_name: args[0], reason: code ?? kind }, 'The database refused a query.');
        throw new Parse.Error(Parse.Error.INVALID_QUERY, 'The query does not fit the types of its fields.');
      }
    };
  }
}

function isClientsFault(error: unknown): boolean {
  // The adapter fails on operands of another shape than it expects before it asks the database.
  if (error instanceof TypeError || error instanceof RangeError) return true;
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (typeof code === 'string') return REFUSED_BY_POSTGRES.test(code);
  if (name !== 'MongoServerError') return false;
  return code === undefined || REFUSED_BY_MONGO.has(code) || (code as number) >= FIRST_ASSERTION;
}
