import type { Server } from 'node:http';
import type { Application } from 'express';
import type Parse from 'parse/node';
import ParseServerModule from 'parse-server';
import { config } from '../config';
import { database } from '../database/database';
import type { Feature, ProcessRole } from '../feature';
import { applyTables } from './indexes';
import { parseOptions } from './options';
import { answerRefusedTransactions } from './refused-transaction';
import { translateRefusals } from './database-refusals';
import { countExactly } from './exact-counts';
import { toParseSchemas } from './schema-definitions';
import { keepCodeFromWebhooks, type HooksController } from './webhooks';
import { schemaVersion, waitForSchema, writeSchemaVersion } from './schema-version';

/** The parts of Parse Server's instance that we use; its own types have no construct signature. */
export interface ParseInstance {
  app: Application;
  server: Server | undefined;
  liveQueryServer: LiveQueryServer | undefined;
  config: {
    databaseController: {
      adapter: object;
      loadSchema(): Promise<{
        getClassLevelPermissions(className: string): object | undefined;
        getAllClasses(): Promise<{ className: string }[]>;
      }>;
    };
    hooksController: HooksController;
    liveQueryController: {
      onAfterSave(className: string, row: Parse.Object, original?: Parse.Object, permissions?: object): void;
    };
  };
  start(): Promise<unknown>;
  handleShutdown(): Promise<void>;
}

export interface LiveQueryServer {
  /** By class, then by query. */
  subscriptions: Map<string, Map<string, unknown>>;
}

type ParseConstructor = new (options: unknown) => ParseInstance;

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
export async function bootParse({ features, role, cloud }: BootOptions): Promise<ParseInstance> {
  const classes = features.flatMap((feature) => feature.classes ?? []);
  const tables = features.flatMap((feature) => feature.tables ?? []);
  const version = schemaVersion(classes, tables);
  if (role === 'worker') await waitForSchema(version);
  const options = parseOptions(config(), cloud) as unknown as Record<string, unknown>;
  if (role === 'web') {
    options.schema = {
      definitions: toParseSchemas(classes),
      lockSchemas: true,
      keepUnknownIndexes: true,
      deleteExtraFields: false,
      recreateModifiedFields: false,
    };
  }
  const parse = new (ParseServerModule as unknown as ParseConstructor)(options);
  countExactly(parse.config.databaseController.adapter);
  translateRefusals(parse.config.databaseController.adapter);
  keepCodeFromWebhooks(parse.config.hooksController);
  await parse.start();
  withoutExitListener(() => answerRefusedTransactions(parse.app, parse.config.databaseController.adapter));
  if (role === 'web') {
    await applyTables(database(), classes, tables);
    for (const feature of features) await feature.seed?.();
    await writeSchemaVersion(version);
  }
  return parse;
}

/** Reading `app` installs a listener that exits the process, with 0 for a taken port; ours decides instead. */
function withoutExitListener(read: () => unknown): void {
  const before = new Set(process.listeners('uncaughtException'));
  read();
  for (const listener of process.listeners('uncaughtException')) {
    if (!before.has(listener)) process.removeListener('uncaughtException', listener);
  }
}
