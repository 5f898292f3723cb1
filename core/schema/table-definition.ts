/**
 * A table outside Parse's schema. PostgreSQL: idempotent DDL in schema `app`; MongoDB: a
 * collection `app_<name>` and its indexes.
 */
export interface TableDefinition {
  name: string;
  /** Statements that may run at every boot: `create table if not exists app.<name> …`. */
  postgres: readonly string[];
  mongo: readonly {
    key: Readonly<Record<string, 1 | -1>>;
    unique?: boolean;
    sparse?: boolean;
    expireAfterSeconds?: number;
  }[];
}
