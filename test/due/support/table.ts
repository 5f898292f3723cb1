import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { database } from '../../../core/database/database';
import { defineDueTable, type DueTable } from '../../../core/due/due-table';
import { DUE_STATES, type DueOptions } from '../../../core/due/due.types';
import { applyTables } from '../../../core/parse/indexes';

const payload = z.looseObject({});
export type TestTable = DueTable<typeof payload>;
export type TestOptions = Partial<Omit<DueOptions<typeof payload>, 'payload'>>;

/** Time that passes when the test says so. */
export class TestClock {
  constructor(private ms = Date.UTC(2030, 0, 1)) {}
  now(): Date {
    return new Date(this.ms);
  }
  pass(ms: number): void {
    this.ms += ms;
  }
}

export function testTable(options: TestOptions = {}, clock?: TestClock): TestTable {
  const name = options.name ?? `t${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  const handler = (): Promise<void> => Promise.resolve();
  return defineDueTable({ queue: 'data-processing', timeoutMs: 5000, handler, ...options, name, payload }, clock);
}

/** Makes the table in the open database. The caller drops it. */
export async function createTable(table: TestTable): Promise<void> {
  await applyTables(database(), [], [table.table]);
}

export async function dropTable({ name }: TestTable): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') await db.pool.query(`drop table if exists app.due_${name}`);
  else await db.db.dropCollection(`app_due_${name}`);
}

/** How many rows are in each state that has any. */
export async function states(table: TestTable): Promise<Record<string, number>> {
  const counts = await Promise.all(
    DUE_STATES.map(async (state) => [state, await table.store.count(state, 1_000_000)] as const),
  );
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}
