import { config } from '../../../../core/config';

/** The few parts of Parse Server that have no public form; one place to look at when it is upgraded. */
export interface ParseAuth {
  isMaster: boolean;
  user?: { id: string };
  getUserRoles(): Promise<string[]>;
}

export interface ParseConfig {
  allowCustomObjectId: boolean;
  database: { loadSchema(): Promise<ParseSchemaController> };
}

interface ParseSchemaController {
  /** Rejects with code 101 or 119 when the class permissions do not allow it. */
  validatePermission(className: string, aclGroup: string[], operation: string): Promise<unknown> | void;
}

interface RestModule {
  create(config: ParseConfig, auth: ParseAuth, className: string, object: unknown): Promise<unknown>;
  update(config: ParseConfig, auth: ParseAuth, className: string, where: unknown, object: unknown): Promise<unknown>;
  find(
    config: ParseConfig,
    auth: ParseAuth,
    className: string,
    where: unknown,
    options: unknown,
  ): Promise<{ results: { objectId: string }[] }>;
  del(config: ParseConfig, auth: ParseAuth, className: string, objectId: string): Promise<unknown>;
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
