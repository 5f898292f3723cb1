/** The parts of Parse Server's inside where every change of a schema comes along, whatever its door. */
declare module 'parse-server/lib/Controllers/SchemaController' {
  export interface Field {
    type: string;
    targetClass?: string;
    [option: string]: unknown;
  }
  export type Fields = Record<string, Field>;
  /** A field's definition, or `{__op: 'Delete'}`. */
  export type FieldChanges = Record<string, Field & { __op?: string }>;
  export type Indexes = Record<string, Record<string, unknown>>;
  export type Permissions = Record<string, unknown>;

  export interface StoredSchema {
    className: string;
    fields: Fields;
    classLevelPermissions: Permissions;
    indexes?: Indexes;
  }

  export class SchemaController {
    schemaData: Record<string, StoredSchema | undefined>;
    _dbAdapter: {
      count(className: string, schema: object, query: null, hint: string, estimate: false): Promise<number>;
    };
    addClassIfNotExists(
      className: string,
      fields?: Fields,
      permissions?: Permissions,
      indexes?: Indexes,
    ): Promise<StoredSchema>;
    updateClass(
      className: string,
      fields: FieldChanges,
      permissions: Permissions | undefined,
      indexes: Indexes | undefined,
      database: unknown,
    ): Promise<StoredSchema>;
    deleteFields(names: string[], className: string, database: unknown): Promise<unknown>;
    setPermissions(className: string, permissions: Permissions | undefined, newSchema: Fields): Promise<unknown>;
    enforceClassExists(className: string): Promise<SchemaController>;
    enforceFieldExists(
      className: string,
      name: string,
      type: Field | string | undefined,
      isSave?: boolean,
      maintenance?: boolean,
    ): unknown;
    /** @throws Parse.Error for permissions; answers what is wrong with a field. */
    validateSchemaData(
      className: string,
      fields: Fields,
      permissions: Permissions | undefined,
      existingNames: string[],
    ): { code: number; error: string } | undefined;
    getAllClasses(): Promise<StoredSchema[]>;
    /** Reads all classes from the database into the cache. */
    setAllClasses(): Promise<StoredSchema[]>;
    getOneSchema(className: string): Promise<StoredSchema>;
    getExpectedType(className: string, field: string): Field | undefined;
    getClassLevelPermissions(className: string): object | undefined;
    hasClass(className: string): Promise<boolean>;
    reloadData(options?: { clearCache: boolean }): Promise<void>;
  }
  export const defaultColumns: Readonly<Record<string, Fields>>;
  export const systemClasses: readonly string[];
}

declare module 'parse-server/lib/Controllers/DatabaseController' {
  import type { SchemaController } from 'parse-server/lib/Controllers/SchemaController';
  export default class DatabaseController {
    static filterSensitiveData(
      isMaster: boolean,
      isMaintenance: boolean,
      aclGroup: readonly string[],
      auth: object,
      operation: string,
      schema: { getClassLevelPermissions(className: string): object },
      className: string,
      protectedFields: readonly string[],
      row: object,
      protectedFieldsOwnerExempt: boolean,
    ): Record<string, unknown>;
    loadSchema(options?: { clearCache: boolean }): Promise<SchemaController>;
    deleteSchema(className: string): Promise<unknown>;
    purgeCollection(className: string): Promise<unknown>;
    find(
      className: string,
      query: object,
      options?: { pipeline?: object[]; limit?: number; acl?: string[]; op?: string },
      ...rest: unknown[]
    ): Promise<unknown>;
    destroy(className: string, query: object, ...rest: unknown[]): Promise<unknown>;
    canAddField(schema: SchemaController, className: string, object: Record<string, unknown>): Promise<unknown>;
  }
}

declare module 'parse-server/lib/Adapters/Cache/SchemaCache' {
  import type { StoredSchema } from 'parse-server/lib/Controllers/SchemaController';
  const cache: {
    get(className: string): StoredSchema | undefined;
    put(schemas: StoredSchema[]): void;
  };
  export default cache;
}

declare module 'parse-server/lib/RestQuery' {
  import type DatabaseController from 'parse-server/lib/Controllers/DatabaseController';
  import type { RestAuth } from 'parse-server/lib/RestWrite';
  export class _UnsafeRestQuery {
    className: string;
    auth: RestAuth;
    config: { database: DatabaseController };
    response: { results: Record<string, unknown>[] } | null;
    execute(options?: object): Promise<unknown>;
    runFind(options?: object): Promise<void>;
  }
}

declare module 'parse-server/lib/RestWrite' {
  import type Parse from 'parse/node';
  import type DatabaseController from 'parse-server/lib/Controllers/DatabaseController';
  export interface RestAuth {
    isMaster?: boolean;
    isMaintenance?: boolean;
    user?: { id?: string };
    /** Of the device that asks, as it says itself. */
    installationId?: string;
  }
  export default class RestWrite {
    className: string;
    auth: RestAuth;
    /** Of the row that is changed; null for a new one. */
    query: { objectId?: unknown } | null;
    /** Set as soon as there is something to answer. */
    response: unknown;
    config: { database: DatabaseController; headers?: Record<string, unknown> };
    /** The row as it was read, and as it will be. */
    buildParseObjects(): { originalObject: Parse.Object | undefined; updatedObject: Parse.Object };
    /** What is to be written, in REST form. */
    data: Record<string, unknown>;
    /** Of an update: the row's id. */
    query: Record<string, unknown> | undefined;
    /** Of an update of a class with triggers: the row as they saw it, in REST form. */
    originalData: Record<string, unknown> | undefined;
    /** `acl`: the roles of the writer; absent for the master key. */
    runOptions: { acl?: string[] };
    /** Set where there is nothing more to be written. */
    response: object | null;
    execute(): Promise<unknown>;
    runDatabaseOperation(): Promise<unknown>;
    validateClientClassCreation(): Promise<void>;
    handleInstallation(): unknown;
    handleSession(): unknown;
  }
}

declare module 'parse-server/lib/SchemaMigrations/DefinedSchemas' {
  export class DefinedSchemas {
    constructor(options: object, config: object);
    execute(): Promise<void>;
    enforceCLPForNonProvidedClass(): Promise<void>;
  }
}
