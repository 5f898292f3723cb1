import { config } from '../config';

/** The few parts of Parse Server that have no public form; one place to look at when it is upgraded. */
export interface ParseAuth {
  isMaster: boolean;
  user?: { id: string };
  getUserRoles(): Promise<string[]>;
}

export interface ParseConfig {
  allowCustomObjectId: boolean;
  /** What triggers see of the request. */
  headers?: Record<string, unknown>;
  ip?: string;
  database: { loadSchema(): Promise<ParseSchemaController> };
}

interface ParseSchemaController {
  /** Rejects with code 101 or 119 when the class permissions do not allow it. */
  validatePermission(className: string, aclGroup: string[], operation: string): Promise<unknown> | void;
}

/** What Parse answers to a save; fields that a trigger set are in it, too. */
export interface SavedRow extends Record<string, unknown> {
  objectId?: string;
  createdAt?: string;
  updatedAt?: string;
}

/** A row as Parse's REST API shows it. */
export interface ParseRow extends Record<string, unknown> {
  objectId: string;
  updatedAt: string;
}

interface RestModule {
  create(config: ParseConfig, auth: ParseAuth, className: string, object: unknown): Promise<{ response: SavedRow }>;
  update(
    config: ParseConfig,
    auth: ParseAuth,
    className: string,
    where: unknown,
    object: unknown,
  ): Promise<{ response: SavedRow }>;
  find(
    config: ParseConfig,
    auth: ParseAuth,
    className: string,
    where: unknown,
    options: unknown,
  ): Promise<{ results: ParseRow[] }>;
  /** Without a context it ends the process where the class has triggers. */
  del(config: ParseConfig, auth: ParseAuth, className: string, objectId: string, context: object): Promise<unknown>;
}

interface AuthModule {
  master(config: ParseConfig): ParseAuth;
  getAuthForSessionToken(options: { config: ParseConfig; sessionToken: string }): Promise<ParseAuth>;
}

interface RestWriteModule {
  createSession(
    config: ParseConfig,
    options: { userId: string; createdWith: object; additionalSessionData: object },
  ): { sessionData: { sessionToken: string }; createSession: () => Promise<unknown> };
}

/* eslint-disable @typescript-eslint/no-require-imports -- these modules have no types and no ES form */
export const parseRest = (): RestModule => require('parse-server/lib/rest') as RestModule;
export const parseAuth = (): AuthModule => require('parse-server/lib/Auth') as AuthModule;
export const parseRestWrite = (): RestWriteModule => require('parse-server/lib/RestWrite') as RestWriteModule;

/** A fresh object each call, so that a changed flag holds for its user alone. */
export function parseConfig(): ParseConfig {
  const Config = require('parse-server/lib/Config') as { get(appId: string): ParseConfig };
  return Config.get(config().parseAppId);
}
