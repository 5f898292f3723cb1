import { createHash } from 'node:crypto';
import { Table } from '../database/kit/table';
import { AppError } from '../errors';
import type { ClassDefinition } from '../schema/class-definition';
import type { TableDefinition } from '../schema/table-definition';

const KEY = 'schema';
const WAIT_MS = 120_000;

const meta = new Table<{ key: string; value: string }>({
  table: 'meta',
  key: ['key'],
  columns: { key: 'plain', value: 'plain' },
});

export function schemaVersion(classes: readonly ClassDefinition[], tables: readonly TableDefinition[]): string {
  return createHash('sha256')
    .update(JSON.stringify([classes, tables]))
    .digest('hex');
}

export async function writeSchemaVersion(version: string): Promise<void> {
  await meta.upsert({ key: KEY, value: version });
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
  try {
    return (await meta.find({ key: KEY }))?.value;
  } catch (error) {
    // 42P01, 3F000: no table or schema yet, as on the first boot.
    if (['42P01', '3F000'].includes((error as { code?: string }).code ?? '')) return undefined;
    throw error;
  }
}
