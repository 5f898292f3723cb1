import { dueTables, type AnyDueTable } from '../../core/due/registry';
import type { BuriedRef } from '../../core/due/due.types';
import { AppError } from '../../core/errors';
import type { DeadLetterView } from './dead-letter.view';

/** Rows that are counted of one table at most. */
const MAX_COUNT = 1_000_000;
/** Rows that one request puts back at most, and in one statement. */
const MAX_REPLAY = 100_000;
const CHUNK = 5_000;

/** A buried row of a table, before the rest of it is read. */
export interface BuriedLetter extends BuriedRef {
  table: AnyDueTable;
}

/** The tables that a list is about. @throws AppError VALIDATION_ERROR when no table has the name */
export function tablesOf({ queue, table }: { queue?: string | undefined; table?: string | undefined }): AnyDueTable[] {
  const named = table === undefined ? dueTables() : [tableCalled(table)];
  return named.filter(({ settings }) => queue === undefined || settings.queue === queue);
}

export async function countBuried(tables: readonly AnyDueTable[] = dueTables()): Promise<number> {
  const counts = await Promise.all(tables.map((table) => table.store.count('buried', MAX_COUNT)));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** The last buried of all the tables. */
export async function lastBuried(tables: readonly AnyDueTable[], limit: number): Promise<BuriedLetter[]> {
  const found = await Promise.all(
    tables.map(async (table) => {
      const rows = await table.store.buried({ skip: 0, limit: Math.min(limit, MAX_COUNT) });
      return rows.map((row) => ({ ...row, table }));
    }),
  );
  return found.flat();
}

/** Undefined when it was put back, or removed, since its key was read. */
export async function viewOfBuried({ table, key, at }: BuriedLetter): Promise<DeadLetterView | undefined> {
  const row = await table.store.find(key);
  if (row?.state !== 'buried') return undefined;
  const { name, settings } = table;
  return {
    id: idOf(name, key),
    message_id: `due_${name}:${key}`,
    queue: settings.queue,
    type: `due.${name}`,
    table: name,
    key,
    tenant: row.tenant || null,
    payload: JSON.stringify(row.payload),
    attempts: row.attempts,
    last_error: row.error ? `${row.error.code}: ${row.error.message}` : '',
    failed_at: at.toISOString(),
    replayed_at: null,
  };
}

/** Ids of due rows have a dot; those of Parse have none. */
export const isBuriedId = (id: string): boolean => id.includes('.');

/**
 * Makes one row new. A second time changes nothing while it waits or runs.
 * @throws AppError NOT_FOUND, CONFLICT when it has ended otherwise
 */
export async function replayBuried(id: string): Promise<void> {
  const [name = '', encoded = ''] = id.split('.');
  const table = dueTables().find((one) => one.name === name);
  const key = Buffer.from(encoded, 'base64url').toString();
  // PostgreSQL takes no NUL, and no key has one.
  const row = key.includes('\0') ? undefined : await table?.store.find(key);
  if (!table || !row) throw new AppError('NOT_FOUND', 'There is no such dead letter.');
  if (row.state === 'done' || row.state === 'cancelled')
    throw new AppError('CONFLICT', `The row is no dead letter any more: it is ${row.state}.`);
  await table.revive([key]);
}

/** Makes all buried rows of a table new, the longest buried first. What is buried again meanwhile stays. */
export async function replayTable(
  name: string,
  { isDryRun }: { isDryRun: boolean },
): Promise<{ count: number; remaining: number }> {
  const table = tableCalled(name);
  if (isDryRun) {
    const total = await countBuried([table]);
    const count = Math.min(total, MAX_REPLAY);
    return { count, remaining: total - count };
  }
  const until = await table.now();
  let count = 0;
  for (let taken = CHUNK; taken === CHUNK && count < MAX_REPLAY; count += taken)
    taken = await table.reviveBuried(until, CHUNK);
  return { count, remaining: await countBuried([table]) };
}

function tableCalled(name: string): AnyDueTable {
  const found = dueTables().find((table) => table.name === name);
  if (!found) throw new AppError('VALIDATION_ERROR', `No table of due rows is called "${name}".`);
  return found;
}

const idOf = (table: string, key: string): string => `${table}.${Buffer.from(key).toString('base64url')}`;
