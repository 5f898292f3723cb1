import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { Pool } from 'pg';
import { analyticsStore } from '../../../cloud/analytics/analytics.store';
import type { AnalyticsStore } from '../../../cloud/analytics/analytics.store.types';
import { ANALYTICS_TABLES } from '../../../cloud/analytics/analytics.schema';
import { FACT_CLASSES } from '../../../cloud/facts/facts.schema';
import { database, setDatabase } from '../../../core/database/database';
import { eventTable } from '../../../core/events/event.tables';
import { idempotencyTable } from '../../../core/idempotency';
import { applyTables } from '../../../core/parse/indexes';
import type { ClassDefinition, FieldDefinition } from '../../../core/schema/class-definition';
import { LANE, testServer } from '../../harness/app';

/**
 * An empty database of its own beside the one of the server under test, with the tables as Parse
 * Server makes them: so the stores are tested without a door, on the engine of the lane.
 * STORE_TEST_URI names another server, for runs without servers.
 */
export async function openStore(): Promise<{ store: AnalyticsStore; uri: string; close: () => Promise<void> }> {
  const name = `store_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  const uri = process.env['STORE_TEST_URI'] ?? testServer().databaseUri;
  // The log reads the configuration, which wants a database; nobody connects to this one.
  process.env['DATABASE_URI'] ??= 'postgres://127.0.0.1/unused';
  process.env['LOG_LEVEL'] ??= 'silent';
  const close = LANE === 'mongo' ? await openMongo(uri, name) : await openPostgres(uri, name);
  if (LANE !== 'mongo') await createClassTables();
  await applyTables(database(), FACT_CLASSES, [...ANALYTICS_TABLES, idempotencyTable, eventTable]);
  return { store: analyticsStore(), uri, close };
}

/** The database of the server under test itself, past its doors: for tests of its processes. */
export function openServerDatabase(): () => Promise<void> {
  const { databaseUri, env } = testServer();
  process.env['DATABASE_URI'] ??= databaseUri;
  process.env['LOG_LEVEL'] ??= 'silent';
  if (LANE === 'mongo') {
    const client = new MongoClient(env['MONGODB_URL'] ?? databaseUri);
    setDatabase({ kind: 'mongo', client, db: client.db() });
    return async () => {
      await client.close();
      setDatabase(undefined);
    };
  }
  const pool = new Pool({ connectionString: databaseUri, max: 5 });
  setDatabase({ kind: 'postgres', pool });
  return async () => {
    await pool.end();
    setDatabase(undefined);
  };
}

async function openMongo(uri: string, name: string): Promise<() => Promise<void>> {
  const client = await new MongoClient(uri).connect();
  const db = client.db(name);
  setDatabase({ kind: 'mongo', client, db });
  return async () => {
    await db.dropDatabase();
    await client.close();
    setDatabase(undefined);
  };
}

async function openPostgres(uri: string, name: string): Promise<() => Promise<void>> {
  const admin = new Pool({ connectionString: uri, max: 1 });
  await admin.query(`create database ${name}`);
  const url = new URL(uri);
  url.pathname = `/${name}`;
  const pool = new Pool({ connectionString: url.toString(), max: 5 });
  // The end of the database ends idle connections; without a listener that would end the test too.
  pool.on('error', () => undefined);
  setDatabase({ kind: 'postgres', pool });
  return async () => {
    await pool.end();
    await admin.query(`drop database ${name} with (force)`);
    await admin.end();
    setDatabase(undefined);
  };
}

const string: FieldDefinition = { type: 'String' };

/** Classes of other features, as far as the figures read them. */
const FOREIGN: readonly ClassDefinition[] = [
  { className: 'Tenant', fields: { slug: string, settings: { type: 'Object' } }, access: 'ten', tenant: false },
  { className: '_User', fields: {}, access: 'own', tenant: true },
  {
    className: 'DataJob',
    fields: {
      status: string,
      input_bytes: { type: 'Number' },
      started_at: { type: 'Date' },
      completed_at: { type: 'Date' },
    },
    access: 'log',
    tenant: true,
  },
];

const COLUMN_TYPES: Record<FieldDefinition['type'], string> = {
  String: 'text',
  Pointer: 'text',
  Number: 'double precision',
  Boolean: 'boolean',
  Date: 'timestamptz',
  Object: 'jsonb',
  Array: 'jsonb',
};

async function createClassTables(): Promise<void> {
  const opened = database();
  if (opened.kind !== 'postgres') return;
  for (const { className, fields, tenant } of [...FOREIGN, ...FACT_CLASSES]) {
    const columns = Object.entries(fields).map(([name, { type }]) => `"${name}" ${COLUMN_TYPES[type]}`);
    if (tenant) columns.push('tenant text');
    await opened.pool.query(
      `create table "${className}" ("objectId" text primary key, "createdAt" timestamptz, "updatedAt" timestamptz,
         _rperm text[], _wperm text[], ${columns.join(', ')})`,
    );
  }
  // The audit's guard of the frame wants its table.
  await opened.pool.query('create table if not exists "AuditLog" ("objectId" text primary key)');
}
