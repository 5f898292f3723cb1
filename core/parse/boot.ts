import type { Server } from 'node:http';
import type { Application } from 'express';
import ParseServerModule from 'parse-server';
import type DatabaseController from 'parse-server/lib/Controllers/DatabaseController';
import { DefinedSchemas } from 'parse-server/lib/SchemaMigrations/DefinedSchemas';
import { ensureLoginNames } from '../auth/login-names';
import { preparePasswords } from '../auth/password';
import { config } from '../config';
import { database } from '../database/database';
import { postgresPatience } from '../database/patience';
import { dueTableDefinition } from '../due/due.tables';
import type { GatedPool } from '../database/pool-gate';
import { collectConsumers } from '../events/consumers';
import type { Feature } from '../feature';
import type { ProcessRole } from '../process';
import type { ClassDefinition } from '../schema/class-definition';
import { makeRoomForEvents } from './event-room';
import { applyHostSchema, readHostSchema } from './host-schema';
import { applyTables } from './indexes';
import { LiveHub } from './live/live-hub';
import { liveTransport } from './live/live-transport';
import { publishSaves, type LiveQueryController } from './live/publish-saves';
import { answerOutages, outlastOutages } from './outages';
import { parseOptions } from './options';
import { guardInstallations } from './installations';
import { keepLoginNames } from './login-names';
import { makeClassesOnce } from './make-class';
import { nameProductClasses } from './product-classes';
import { keepPendingEvents } from './pending-column';
import { writeEventsWithRows } from './row-events';
import { guardNames } from './row-names';
import { askListsWithNull } from './null-lists';
import { nameFailedOperations } from './row-operations';
import { keepDerivedInStep } from './row-races';
import { compareTimesStrictly, readDatesStrictly } from './strict-dates';
import { answerRefusedTransactions } from './refused-transaction';
import { translateRefusals } from './database-refusals';
import { countExactly } from './exact-counts';
import { toParseSchemas } from './schema-definitions';
import { keepCodeFromWebhooks, type HooksController } from './webhooks';
import { asProduct, guardSchemas } from './schema-guard';
import { guardSessions } from './sessions';
import { keepNewestClasses } from './schema-reads';
import { schemaVersion, waitForSchema, writeSchemaVersion } from './schema-version';

/** The parts of Parse Server's instance that we use; its own types have no construct signature. */
export interface ParseInstance {
  app: Application;
  server: Server | undefined;
  /** Parse shuts it down with itself. */
  liveQueryServer: object | undefined;
  config: {
    databaseController: DatabaseController & { adapter: object };
    hooksController: HooksController;
    liveQueryController: LiveQueryController;
  };
  start(): Promise<unknown>;
  handleShutdown(): Promise<void>;
}

type ParseConstructor = new (options: unknown) => ParseInstance;

export interface BootedParse {
  parse: ParseInstance;
  /** To be closed after the last save. */
  liveHub: LiveHub;
}

export interface BootOptions {
  features: readonly Feature[];
  role: ProcessRole;
  /** Registers functions and triggers; runs while Parse Server starts. */
  cloud: () => Promise<void>;
}

/**
 * Starts Parse Server over the open database. The web process also brings the schema up to date
 * (idempotent) and runs the features' seeds; a worker waits for that.
 */
export async function bootParse({ features, role, cloud }: BootOptions): Promise<BootedParse> {
  collectConsumers(features);
  const classes = features.flatMap((feature) => feature.classes ?? []);
  const tables = features.flatMap((feature) => [
    ...(feature.tables ?? []),
    ...(feature.due ?? []).map(({ table }) => table),
    ...(feature.consumers ?? []).map(({ name }) => dueTableDefinition(`event_${name}`)),
  ]);
  const version = schemaVersion(classes, tables);
  if (role === 'worker') await waitForSchema(version);
  const { hostSchema: file } = config();
  nameProductClasses(classes);
  // Before anything is touched: a fault in it ends the start.
  const hostSchema = role === 'web' && file ? await readHostSchema(file) : undefined;
  guardSchemas();
  keepNewestClasses();
  guardNames();
  guardInstallations();
  guardSessions();
  await preparePasswords(config().passwordHashCost);
  nameFailedOperations();
  readDatesStrictly();
  keepDerivedInStep();
  writeEventsWithRows();
  const prepare = async (): Promise<void> => {
    if (role === 'web') {
      await migrate(classes, parse);
      // Before anything can make an account.
      await ensureLoginNames();
      if (hostSchema) await applyHostSchema(hostSchema, parse.config.databaseController);
    }
    await cloud();
  };
  const parse = new (ParseServerModule as unknown as ParseConstructor)(parseOptions(config(), role, prepare));
  const { adapter } = parse.config.databaseController;
  countExactly(adapter);
  compareTimesStrictly(adapter);
  askListsWithNull(adapter);
  translateRefusals(adapter);
  keepLoginNames(adapter);
  keepPendingEvents(adapter);
  makeClassesOnce(adapter);
  outlastOutages(adapter);
  keepCodeFromWebhooks(parse.config.hooksController);
  guardParsePool(adapter, role);
  await parse.start();
  const liveHub = await openLiveHub(parse);
  withoutExitListener(() => {
    answerRefusedTransactions(parse.app, adapter);
    answerOutages(parse.app);
  });
  if (role === 'web') await applyTables(database(), classes, tables);
  await makeRoomForEvents();
  if (role === 'web') {
    for (const feature of features) await feature.seed?.();
    await writeSchemaVersion(version);
  }
  return { parse, liveHub };
}

/** Parse Server's own pool of connections to PostgreSQL; MongoDB's driver watches by itself. */
function guardParsePool(adapter: object, role: ProcessRole): void {
  const opened = database();
  if (opened.kind !== 'postgres') return;
  const { $pool: pool } = (adapter as { _client: { $pool: GatedPool & { options: object } } })._client;
  // Parse Server calls them invalid keys of its own configuration.
  Object.assign(pool.options, postgresPatience(role, config().database));
  opened.watch?.guard(pool);
}

/** Saves in any process, workers included, reach who follows them in another. */
async function openLiveHub(parse: ParseInstance): Promise<LiveHub> {
  const hub = new LiveHub();
  await hub.open(liveTransport(config()));
  publishSaves(parse.config.liveQueryController, hub);
  return hub;
}

/** Not as an option of Parse Server: with that, nobody might change any class, and the app's own would be rewritten. */
async function migrate(classes: readonly ClassDefinition[], parse: ParseInstance): Promise<void> {
  const schemas = {
    definitions: toParseSchemas(classes),
    keepUnknownIndexes: true,
    deleteExtraFields: false,
    recreateModifiedFields: false,
  };
  const migration = new DefinedSchemas(schemas, parse.config);
  // It would write back what it has read of the app's classes, and of one called "User" to _User, as the SDK names that.
  migration.enforceCLPForNonProvidedClass = () => Promise.resolve();
  await asProduct(() => migration.execute());
}

/** Reading `app` installs a listener that exits the process, with 0 for a taken port; ours decides instead. */
function withoutExitListener(read: () => unknown): void {
  const before = new Set(process.listeners('uncaughtException'));
  read();
  for (const listener of process.listeners('uncaughtException')) {
    if (!before.has(listener)) process.removeListener('uncaughtException', listener);
  }
}
