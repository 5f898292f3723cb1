import Parse from 'parse/node';
import { NAME_INDEX, NAME_KEY } from '../auth/login-names';
import { nameKey } from '../auth/names';

type Row = Record<string, unknown>;
type Schema = { fields: Record<string, unknown> };
type Write = (className: string, schema: Schema, ...rest: unknown[]) => Promise<unknown>;

/** Where in the arguments of each the values are. */
const WRITES = { createObject: 2, updateObjectsByQuery: 3, findOneAndUpdate: 3 } as const;
const READS = ['find', 'aggregate'] as const;

/**
 * Parse Server 9.10 looks for another account of the same name before it writes one: of many at once several are
 * written. Here the key of the name is written with it, and a unique index decides. At the storage adapter, where all
 * doors end, the master key's and the host application's, too; what is read there leaves without the key.
 */
export function keepLoginNames(adapter: object): void {
  const methods = adapter as Record<string, Write>;
  for (const [name, at] of Object.entries(WRITES)) {
    const write = methods[name]!.bind(adapter);
    methods[name] = async (className, schema, ...rest) => {
      if (className !== '_User') return write(className, schema, ...rest);
      const values = rest[at - 2] as Row;
      const isNamed = values.username !== undefined;
      if (isNamed) rest[at - 2] = { ...values, [NAME_KEY]: keyOf(values.username) };
      const known = isNamed ? { ...schema, fields: { ...schema.fields, [NAME_KEY]: { type: 'String' } } } : schema;
      return write(className, known, ...rest).catch(refuseTaken);
    };
  }
  for (const name of READS) {
    const read = methods[name]!.bind(adapter);
    methods[name] = async (className, schema, ...rest) => {
      const rows = await read(className, schema, ...rest);
      if (className === '_User' && Array.isArray(rows)) for (const row of rows as Row[]) delete row[NAME_KEY];
      return rows;
    };
  }
}

/** A name that goes takes its key with it; so does what is no text. */
const keyOf = (username: unknown): unknown => (typeof username === 'string' ? nameKey(username) : { __op: 'Delete' });

/** The unique indexes of both databases, as their errors name them. */
const TAKEN = [
  [new RegExp(`${NAME_INDEX}|_User_unique_username|\\busername_1\\b`), Parse.Error.USERNAME_TAKEN, 'username'],
  [/_User_unique_email|\bemail_1\b/, Parse.Error.EMAIL_TAKEN, 'email address'],
] as const;

/** Of a change Parse would say "duplicate value". */
function refuseTaken(error: unknown): never {
  const { code, underlyingError } = error as { code?: unknown; underlyingError?: { message?: string } };
  const text = code === Parse.Error.DUPLICATE_VALUE ? underlyingError?.message : undefined;
  const taken = text === undefined ? undefined : TAKEN.find(([index]) => index.test(indexIn(text)));
  if (!taken) throw error;
  throw new Parse.Error(taken[1], `Account already exists for this ${taken[2]}.`);
}

/** Without the value, which is anybody's text. */
const indexIn = (text: string): string => /(?:constraint "|index: )([^"\s]+)/.exec(text)?.[1] ?? '';
