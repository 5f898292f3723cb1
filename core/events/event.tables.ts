import type { TableDefinition } from '../schema/table-definition';

/**
 * State `intended`: of a deletion that may still fail; `recorded`: it happened, and the consumers have not been told;
 * `dispatched`: each of them has a due row.
 */
export const eventTable: TableDefinition = {
  name: 'event',
  postgres: [
    `create table if not exists app.event (id text collate "C" primary key,
      seq bigint generated always as identity, state text not null, key text collate "C" unique,
      tenant text collate "C" not null, type text collate "C" not null,
      subject_class text not null, subject_id text not null, occurred_at timestamptz not null,
      recorded_at timestamptz not null, payload text not null, request_id text not null,
      population text, person text)`,
    // Every row is written twice, and then read seldom.
    `alter table app.event set (autovacuum_vacuum_scale_factor = 0.02, fillfactor = 90)`,
    `create index if not exists event_open on app.event (seq) where state <> 'dispatched'`,
    `create index if not exists event_subject on app.event (subject_class, subject_id, seq)`,
    `create index if not exists event_tenant on app.event (tenant, recorded_at, id)`,
    `create index if not exists event_recorded on app.event (recorded_at, id)`,
    `create index if not exists event_person on app.event (person) where person is not null`,
  ],
  mongo: [
    { key: { key: 1 }, unique: true, sparse: true },
    { key: { state: 1, seq: 1 } },
    { key: { subject_class: 1, subject_id: 1, seq: 1 } },
    { key: { tenant: 1, recorded_at: 1, _id: 1 } },
    { key: { recorded_at: 1, _id: 1 } },
    { key: { person: 1 }, sparse: true },
  ],
};
