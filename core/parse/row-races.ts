import { AsyncLocalStorage } from 'node:async_hooks';
import Parse from 'parse/node';
import rest from 'parse-server/lib/rest';
import RestWrite from 'parse-server/lib/RestWrite';
import { AppError } from '../errors';
import { productClass } from './product-classes';
import { asParseError } from './trigger-stack';
import { wrapMethod } from './wrap-method';

/** The row is no longer as the triggers of this change read it. */
class StaleRow extends Error {}

const MAX_TRIES = 50;
/** How long a change waits for those of the same row before it: one may be held up, or wait for this one by another process. */
const LONGEST_WAIT_MS = 10_000;
/** Rows whose turn a trigger's own changes are part of. */
const held = new AsyncLocalStorage<readonly string[]>();

/**
 * A trigger reads a row, and what it derives from the row is written some milliseconds later: by then another may
 * have changed it. So an update of a class that derives columns (`derivesFrom`) holds only while those are as they
 * were read, by one conditional statement; else it is done again from the beginning, triggers included. Below every
 * door, and between processes; without a race it costs nothing but the condition.
 */
export function keepDerivedInStep(): void {
  wrapMethod(
    RestWrite.prototype,
    'runDatabaseOperation',
    (original) =>
      async function (this: RestWrite) {
        const read = this.response ? undefined : valuesRead(this);
        return read ? runWhile(read, this, () => original.call(this)) : original.call(this);
      },
  );
  wrapMethod(rest, 'update', (update) => (config, auth, className, where, values, context) => {
    const change = (): Promise<unknown> => update(config, auth, className, where, values, context);
    const id = (where as { objectId?: unknown }).objectId;
    if (!productClass(className)?.derivesFrom || typeof id !== 'string') return change();
    return untilFresh(`${className}:${id}`, change);
  });
}

/** What the triggers have derived from, as conditions; a missing value is null. */
function valuesRead({ className, query, originalData }: RestWrite): Record<string, unknown> | undefined {
  const fields = productClass(className)?.derivesFrom;
  if (!fields || !query?.objectId || !originalData) return undefined;
  return Object.fromEntries(fields.map((field) => [field, asCondition(originalData[field])]));
}

/** PostgreSQL may hold parts of a millisecond that no date of ours shows. */
function asCondition(value: unknown): unknown {
  const { __type, iso } = (value ?? {}) as { __type?: unknown; iso?: string };
  if (__type !== 'Date') return value ?? null;
  return { $gte: value, $lt: { __type, iso: new Date(Date.parse(iso!) + 1).toISOString() } };
}

async function runWhile(
  read: Record<string, unknown>,
  write: RestWrite,
  run: () => Promise<unknown>,
): Promise<unknown> {
  const { query } = write;
  write.query = { ...query, ...read };
  try {
    return await run();
  } catch (error) {
    if ((error as { code?: unknown }).code !== Parse.Error.OBJECT_NOT_FOUND) throw error;
    if (await isNotTheirs(write, { objectId: query!.objectId, ...read })) throw error;
    throw new StaleRow('The row was changed meanwhile.', { cause: error });
  } finally {
    write.query = query;
  }
}

/** A row that is as it was read may be another's, who lets it be read only. */
async function isNotTheirs(
  { className, config, runOptions }: RestWrite,
  row: Record<string, unknown>,
): Promise<boolean> {
  const { acl } = runOptions;
  const find = async (options: object): Promise<boolean> =>
    ((await config.database.find(className, row, { limit: 1, ...options })) as unknown[]).length > 0;
  return acl !== undefined && (await find({})) && !(await find({ acl, op: 'update' }));
}

/** The first try goes straight ahead; those that lost a race go one after the other. */
async function untilFresh(row: string, change: () => Promise<unknown>): Promise<unknown> {
  for (let tries = 1; ; tries += 1) {
    const rows = held.getStore() ?? [];
    const leave = tries > 1 && !rows.includes(row) ? await takeTurn(row) : undefined;
    try {
      return await (leave ? held.run([...rows, row], change) : change());
    } catch (error) {
      if (!(error instanceof StaleRow)) throw error;
      if (tries < MAX_TRIES) continue;
      const message = 'The row is changed by others all the time; a transaction changes a row once.';
      throw asParseError(new AppError('CONFLICT', message, { cause: error }), '');
    } finally {
      leave?.();
    }
  }
}

const turns = new Map<string, Promise<void>>();

/** @returns what ends the turn */
async function takeTurn(row: string): Promise<() => void> {
  const before = turns.get(row);
  let leave = (): void => undefined;
  const mine = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const all = Promise.all([before, mine]).then(() => {
    if (turns.get(row) === all) turns.delete(row);
  });
  turns.set(row, all);
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LONGEST_WAIT_MS);
  });
  await Promise.race([before, limit]);
  clearTimeout(timer);
  return leave;
}
