import type { MongoDatabase, PostgresDatabase, Database } from '../database/database';
import { APPEND_ONLY_SQL } from '../audit';
import type { ClassDefinition, IndexDefinition } from '../schema/class-definition';
import type { TableDefinition } from '../schema/table-definition';

/** Creates what Parse Server cannot: our tables, unique and composite indexes, the append-only guard. Idempotent. */
export async function applyTables(
  db: Database,
  classes: readonly ClassDefinition[],
  tables: readonly TableDefinition[],
): Promise<void> {
  if (db.kind === 'postgres') await applyPostgres(db, classes, tables);
  else await applyMongo(db, classes, tables);
}

async function applyPostgres(
  db: PostgresDatabase,
  classes: readonly ClassDefinition[],
  tables: readonly TableDefinition[],
): Promise<void> {
  const client = await db.pool.connect();
  try {
    // Two processes that boot at once would race on "create … if not exists".
    await client.query('select pg_advisory_lock(4711)');
    await client.query('create schema if not exists app');
    for (const table of tables) for (const statement of table.postgres) await client.query(statement);
    for (const { className, indexes } of classes) {
      for (const index of indexes ?? []) {
        const columns = index.fields.map((field) => `"${field}"`).join(', ');
        await client.query(
          `create ${index.unique ? 'unique ' : ''}index if not exists "${indexName(className, index)}" on "${className}" (${columns})`,
        );
      }
    }
    for (const statement of APPEND_ONLY_SQL) await client.query(statement);
  } finally {
    await client.query('select pg_advisory_unlock(4711)').catch(() => undefined);
    client.release();
  }
}

async function applyMongo(
  db: MongoDatabase,
  classes: readonly ClassDefinition[],
  tables: readonly TableDefinition[],
): Promise<void> {
  for (const table of tables) {
    for (const { key, ...options } of table.mongo)
      await db.db.collection(`app_${table.name}`).createIndex(key, options);
  }
  for (const definition of classes) {
    for (const index of definition.indexes ?? []) {
      const columns = index.fields.map((field) => mongoColumn(definition, field));
      // Times have other columns than names: their indexes are named by them, because one of the name may be there that
      // is on a column which no row has.
      const isTimed = index.fields.some((field) => field in TIMES);
      const key = Object.fromEntries(columns.map((column) => [column, 1 as const]));
      await db.db.collection(definition.className).createIndex(key, {
        name: indexName(definition.className, isTimed ? { ...index, fields: columns } : index),
        ...(index.unique ? { unique: true, sparse: true } : {}),
      });
    }
  }
}

/** As Parse stores them on MongoDB. */
const TIMES: Readonly<Record<string, string>> = { createdAt: '_created_at', updatedAt: '_updated_at' };

/** Parse stores a pointer `owner` as `_p_owner` on MongoDB. */
function mongoColumn(definition: ClassDefinition, field: string): string {
  if (TIMES[field]) return TIMES[field];
  const isPointer = definition.fields[field]?.type === 'Pointer' || (field === 'tenant' && definition.tenant);
  return isPointer ? `_p_${field}` : field;
}

function indexName(className: string, index: IndexDefinition): string {
  return `${className}_${index.fields.join('_')}${index.unique ? '_unique' : ''}`.toLowerCase();
}
