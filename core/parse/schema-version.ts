import { createHash } from 'node:crypto';
import { database } from '../database/database';
import { AppError } from '../errors';
import type { ClassDefinition } from '../schema/class-definition';
import type { TableDefinition } from '../schema/table-definition';

const KEY = 'schema';
const WAIT_MS = 120_000;

export function schemaVersion(classes: readonly ClassDefinition[], tables: readonly TableDefinition[]): string {
  return createHash('sha256')
    .update(JSON.stringify([classes, tables]))
    .digest('hex');
}

export async function writeSchemaVersion(version: string): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') {
    await db.pool.query(
      'insert into app.meta (key, value) values ($1, $2) on conflict (key) do update set value = $2',
      [KEY, version],
    );
  } else {
    await db.db
      .collection<{ _id: string }>('app_meta')
      .updateOne({ _id: KEY }, { $set: { value: version } }, { upsert: true });
  }
}

/**
 * A worker does not change the schema: it waits until a web process of the same release has.
 * @throws AppError TIMEOUT after two minutes
 */
export async function waitForSchema(version: string): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  while ((await readVersion()) !== version) {
    if (Date.now() > deadline) {
      throw new AppError(
        'TIMEOUT',
        'No web process of this release has prepared the database. Start one, then the worker.',
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function readVersion(): Promise<string | undefined> {
  const db = database();
  if (db.kind === 'mongo') {
    const row = await db.db.collection<{ _id: string; value: string }>('app_meta').findOne({ _id: KEY });
    return row?.value;
  }
  try {
    const { rows } = await db.pool.query<{ value: string }>('select value from app.meta where key = $1', [KEY]);
    return rows[0]?.value;
  } catch (error) {
    // 42P01, 3F000: no table or schema yet, as on the first boot.
    if (['42P01', '3F000'].includes((error as { code?: string }).code ?? '')) return undefined;
    throw error;
  }
}
