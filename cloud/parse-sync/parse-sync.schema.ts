import type { TableDefinition } from '../../core/schema/table-definition';

/** Which state of its source each object has that came from elsewhere. */
export const syncVersionTable: TableDefinition = {
  name: 'parse_sync_version',
  postgres: [
    `create table if not exists app.parse_sync_version (
      peer text not null, class_name text not null, object_id text not null,
      source_updated_at timestamptz, target_updated_at timestamptz, is_deleted boolean,
      pending_at timestamptz, base_updated_at timestamptz, job_id text, outcome text,
      primary key (peer, class_name, object_id))`,
  ],
  mongo: [{ key: { peer: 1, class_name: 1, object_id: 1 }, unique: true }],
};

/** How far two-way syncs have come, for the next one. */
export const syncCursorTable: TableDefinition = {
  name: 'parse_sync_cursor',
  postgres: [
    `create table if not exists app.parse_sync_cursor (
      peer text not null, tenant_id text not null, class_name text not null, direction text not null,
      updated_at timestamptz not null, object_id text not null,
      primary key (peer, tenant_id, class_name, direction))`,
  ],
  mongo: [{ key: { peer: 1, tenant_id: 1, class_name: 1, direction: 1 }, unique: true }],
};
