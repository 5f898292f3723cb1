import Parse from 'parse/node';
import { log } from '../log';

type Method = (...args: unknown[]) => Promise<unknown>;

/** What a client's `where` reaches. */
const QUERIES = ['find', 'count', 'distinct', 'aggregate'] as const;
/** What a client's values reach. */
const WRITES = ['createObject', 'updateObjectsByQuery', 'findOneAndUpdate', 'upsertOneObject'] as const;

/**
 * PostgreSQL: data exceptions, types and functions that do not fit, a statement that is too complex,
 * and 08P01, which it says of a statement with NUL in it.
 */
const REFUSED_BY_POSTGRES = /^(22...|08P01|42601|42703|42704|42725|42804|42846|42883|42P08|42P10|42P18|42P22|54...)$/;
/** Of these, what it says of values: NUL in a text, a number out of range. */
const REFUSED_VALUE = /^(22...|08P01)$/;
/** MongoDB: BadValue, FailedToParse, TypeMismatch, and what lacks an index or a plan. */
const REFUSED_BY_MONGO = new Set<unknown>([2, 9, 14, 27, 168, 291]);
/** MongoDB's assertions about what it was asked; codes of its own state are below. */
const FIRST_ASSERTION = 15_000;

/**
 * Parse Server 9.10 answers 500 where the database cannot compare what a `where` compares (a regular
 * expression on a number, a polygon of one point, …) or store a value (NUL in a text). Every door asks
 * through the storage adapter, so here it becomes Parse's "invalid query" or "incorrect type" for all.
 */
export function translateRefusals(adapter: object): void {
  const query = [Parse.Error.INVALID_QUERY, 'The query does not fit the types of its fields.'] as const;
  for (const name of QUERIES) translate(adapter, name, isRefusedQuery, query);
  const value = [Parse.Error.INCORRECT_TYPE, 'A value does not fit the type of its field.'] as const;
  for (const name of WRITES) translate(adapter, name, isRefusedValue, value);
}

function translate(
  adapter: object,
  name: string,
  isRefusal: (error: unknown) => boolean,
  [parseCode, message]: readonly [number, string],
): void {
  const methods = adapter as Record<string, Method>;
  const ask = methods[name]!.bind(adapter);
  methods[name] = async (...args) => {
    try {
      return await ask(...args);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const { code, name: kind } = error as { code?: unknown; name?: unknown };
      // Without its text, which may quote a value.
      log().warn({ method: name, class_name: args[0], reason: code ?? kind }, 'The database refused a request.');
      throw new Parse.Error(parseCode, message);
    }
  };
}

function isRefusedValue(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && REFUSED_VALUE.test(code);
}

function isRefusedQuery(error: unknown): boolean {
  // The adapter fails on operands of another shape than it expects before it asks the database.
  if (error instanceof TypeError || error instanceof RangeError) return true;
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (typeof code === 'string') return REFUSED_BY_POSTGRES.test(code);
  if (name !== 'MongoServerError') return false;
  return code === undefined || REFUSED_BY_MONGO.has(code) || (code as number) >= FIRST_ASSERTION;
}
