import Parse from 'parse/node';
import { mover, movePending } from '../events/mover';
import { movePostgres } from '../events/mover.postgres';
import { PENDING, pendingOf } from '../events/pending-writes';
import { sourcesOf } from '../events/sources';
import { log } from '../log';

type Row = Record<string, unknown>;
type Schema = { fields: Record<string, unknown> };
type Write = (className: string, schema: Schema, ...rest: unknown[]) => Promise<unknown>;

/** How often a row that is being changed is looked at again before it is deleted. */
const MAX_TRIES = 20;
/** Rows that one change within a transaction removes. */
const MOST = 10_000;

/** At the storage adapter: the column that carries the events, which nobody above knows. */
export function keepPendingEvents(adapter: object): void {
  const methods = adapter as Record<string, Write>;
  wrapWrite(methods, 'createObject', 0, (texts) => texts);
  wrapWrite(methods, 'findOneAndUpdate', 1, (texts) => ({ __op: 'Add', objects: texts }));
  for (const name of ['find', 'aggregate'] as const) {
    const read = methods[name]!.bind(adapter);
    methods[name] = async (className, ...rest) => {
      const rows = await read(className, ...rest);
      if (sourcesOf(className).length && Array.isArray(rows)) for (const row of rows as Row[]) delete row[PENDING];
      return rows;
    };
  }
  const remove = methods['deleteObjectsByQuery']!.bind(adapter);
  methods['deleteObjectsByQuery'] = (className, schema, query, session) => {
    if (!sourcesOf(className).length) return remove(className, schema, query, session);
    const guarded = (): Promise<unknown> =>
      remove(className, withColumn(schema), { ...(query as Row), [PENDING]: { $exists: false } }, session);
    return removeWithout(className, { query: query as Row, session: session as Session | undefined }, guarded);
  };
  makeClassesWithColumn(methods);
}

/** A class that is made later has the column from its first row on. */
function makeClassesWithColumn(methods: Record<string, Write>): void {
  // PostgreSQL only: MongoDB has no tables.
  const createTable = methods['createTable']?.bind(methods);
  if (createTable)
    methods['createTable'] = (className, schema, ...rest) =>
      createTable(className, sourcesOf(className).length ? withColumn(schema) : schema, ...rest);
  const createClass = methods['createClass']!.bind(methods);
  methods['createClass'] = async (className, schema, ...rest) => {
    const made = await createClass(className, schema, ...rest);
    // The class is there: an index that is missing costs time only, and is made at the next start.
    if (sourcesOf(className).length)
      await mover()
        .prepare(className)
        .catch((error: unknown) =>
          log().warn({ err: error, class_name: className }, 'A class has no index for its events.'),
        );
    return made;
  };
}

function wrapWrite(
  methods: Record<string, Write>,
  name: string,
  at: number,
  value: (texts: string[]) => unknown,
): void {
  const write = methods[name]!.bind(methods);
  methods[name] = async (className, schema, ...rest) => {
    const texts = pendingOf(className);
    if (texts.length) rest[at] = { ...(rest[at] as Row), [PENDING]: value(texts) };
    const row = await write(className, texts.length ? withColumn(schema) : schema, ...rest);
    if (row && typeof row === 'object') delete (row as Row)[PENDING];
    return row;
  };
}

const withColumn = (schema: Schema): Schema => ({
  ...schema,
  fields: { ...schema.fields, [PENDING]: { type: 'Array' } },
});

/** Parse Server's transaction; `t` is that of pg-promise. */
interface Session {
  t?: { any: (text: string, values?: readonly unknown[]) => Promise<object[]> };
}

/** A row goes when its events are recorded: those of a save that comes in between are, too. */
async function removeWithout(
  className: string,
  { query, session }: { query: Row; session: Session | undefined },
  remove: () => Promise<unknown>,
): Promise<unknown> {
  const objectId = typeof query['objectId'] === 'string' ? query['objectId'] : undefined;
  const transaction = session?.t;
  for (let tries = 1; ; tries += 1) {
    // Within a transaction by its own connection: it may have changed the row, and would wait for itself. MongoDB's
    // session is not ours to use: there the change is refused while the row carries events, some milliseconds long.
    if (transaction)
      await movePostgres((text, values) => transaction.any(text, values), { className, limit: MOST, objectId });
    else if (!session) await movePending(className, objectId);
    try {
      return await remove();
    } catch (error) {
      const isMissing = (error as { code?: unknown }).code === Parse.Error.OBJECT_NOT_FOUND;
      const isOver = session !== undefined || tries >= MAX_TRIES;
      if (!isMissing || isOver || !(await mover().hasPending(className, objectId))) throw error;
    }
  }
}
