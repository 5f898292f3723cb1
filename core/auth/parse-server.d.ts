/** The parts of Parse Server's inside that we need: its caches must hear of writes that bypass it. */
declare module 'parse-server/lib/Config' {
  interface SubCache {
    del(key: string): Promise<void>;
    clear(): Promise<void>;
  }
  export interface ParseConfig {
    cacheController: { user: SubCache; role: SubCache };
    userController: object;
    database: object;
    /** Of a request: the client's. */
    ip?: string;
    headers?: Record<string, unknown>;
    filesController: {
      validateFilename(name: string): Error | null;
      createFile(
        config: unknown,
        name: string,
        data: Buffer,
        contentType: string | undefined,
        options: { directory?: string },
      ): Promise<{ url: string; name: string }>;
    };
  }
  export function get(applicationId: string): ParseConfig | undefined;
}

declare module 'parse-server/lib/password' {
  const passwords: {
    hash: (password: string) => Promise<string>;
    compare: (password: string, hash: string | undefined) => Promise<boolean>;
    /** Of nobody's password. */
    dummyHash: string;
  };
  export default passwords;
}

declare module 'parse-server/lib/AccountLockout' {
  import type { ParseConfig } from 'parse-server/lib/Config';
  export default class AccountLockout {
    constructor(user: { username: string }, config: ParseConfig | undefined);
    handleLoginAttempt(isSuccess: boolean): Promise<void>;
    unlockAccount(): Promise<void>;
  }
}

declare module 'parse-server/lib/triggers' {
  import type Parse from 'parse/node';
  /** The names of all triggers, each under itself. */
  export const Types: Readonly<Record<string, string>>;
  export function getFunctionNames(applicationId: string): string[];
  export function getFunction(name: string, applicationId: string): { url?: unknown } | undefined;
  export function getJobs(applicationId: string): Record<string, unknown> | undefined;
  export function getClassName(parseClass: unknown): unknown;
  export function addTrigger(
    type: string,
    className: string,
    handler: (request: never) => unknown,
    applicationId: string,
    validator?: unknown,
  ): void;
  export function getTrigger(
    className: string,
    type: string,
    applicationId: string,
  ): (((request: never) => unknown) & { url?: unknown }) | undefined;
  export function maybeRunTrigger(
    type: string,
    auth: unknown,
    object: Parse.Object,
    original: null,
    config: unknown,
    context: object,
  ): Promise<unknown>;
  export function maybeRunFileTrigger(type: string, object: object, config: unknown, auth: unknown): Promise<unknown>;
  export function resolveError(error: unknown, fallback: { code: number; message: string }): Error;
  export function maybeRunValidator(request: object, name: string, auth: unknown): Promise<void> | undefined;
}

declare module 'parse-server/lib/Auth' {
  export class Auth {
    constructor(caller: { config: unknown; isMaster: boolean; user?: unknown });
    cacheController: unknown;
    /** As `role:<name>`, inherited ones included. */
    getUserRoles(): Promise<string[]>;
  }
  export function master(config: unknown): Auth;
}

declare module 'parse-server/lib/rest' {
  import type { Auth } from 'parse-server/lib/Auth';
  import type { ParseConfig } from 'parse-server/lib/Config';
  export function update(
    config: ParseConfig,
    auth: Auth,
    className: string,
    where: object,
    values: object,
    context?: object,
  ): Promise<unknown>;
  const rest: { update: typeof update };
  export default rest;
}

declare module 'parse-server/lib/GraphQL/loaders/defaultGraphQLTypes' {
  import type { GraphQLScalarType } from 'graphql';
  export const DATE: GraphQLScalarType;
  export class TypeValidationError extends Error {
    constructor(value: unknown, type: string);
  }
}

declare module 'parse-server/lib/Routers/UsersRouter' {
  export class UsersRouter {}
}

declare module 'parse-server/lib/middlewares' {
  import type { RequestHandler } from 'express';
  export function allowCrossDomain(applicationId: string): RequestHandler;
  export const handleParseHeaders: RequestHandler;
  export const handleParseSession: RequestHandler;
}

declare module 'parse-server/lib/Routers/FilesRouter' {
  export class FilesRouter {
    static validateDirectory(directory: unknown): Error | null;
  }
}
