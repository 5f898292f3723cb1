import type { TableDefinition } from '../schema/table-definition';

/**
 * `state_at`: when the state ends by itself (`waiting`: the row is ready; `leased`: the lease ends), or began
 * (settled). So one index serves what is to be promoted and what is to be trimmed, and a row that a dead process
 * held comes back as one that waited does. Ready rows have it null and lie in an index of their own, which holds
 * nothing else: taking a batch costs the same however many rows wait, are done, or belong to one tenant.
 */
export function dueTableDefinition(name: string): TableDefinition {
  const table = `app.due_${name}`;
  return {
    name: `due_${name}`,
    postgres: [
      `create table if not exists ${table} (key text primary key, tenant text not null, rank smallint not null,
        state text not null, due_at timestamptz not null, state_at timestamptz, attempts int not null default 0,
        token uuid, payload jsonb not null, error jsonb)`,
      // Every row is rewritten twice in its short life: cleaning must keep up whatever the table's size.
      `alter table ${table} set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
        autovacuum_vacuum_cost_delay = 0)`,
      `create index if not exists due_${name}_ready on ${table} (rank, tenant, due_at) where state = 'ready'`,
      `create index if not exists due_${name}_state on ${table} (state, state_at) where state <> 'ready'`,
    ],
    mongo: [{ key: { state: 1, rank: 1, tenant: 1, due_at: 1 } }, { key: { state: 1, state_at: 1 } }],
  };
}
