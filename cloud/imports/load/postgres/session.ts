import type { Pool, PoolClient } from 'pg';

/**
 * A worker that stands still within a transaction holds the tenant's imports and the saves of its customers for so long.
 * COPY does not count as idle: such a session holds the stage alone, until `endSessions`.
 */
const IDLE_LIMIT = '10s';

/**
 * Names the session after the job, and ends those that an earlier worker of the job has open: standing still, it would
 * hold their locks until it wakes, and then go on writing.
 * @param id objectId of the job's row
 */
export async function takeSession(client: PoolClient, id: string): Promise<void> {
  await endSessions(client, id);
  await client.query(
    `select set_config('application_name', $1, false), set_config('idle_in_transaction_session_timeout', $2, false)`,
    [nameOf(id), IDLE_LIMIT],
  );
}

/** Ends what workers of the job have open in the database. */
export async function endSessions(db: Pool | PoolClient, id: string): Promise<void> {
  await db.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()',
    [nameOf(id)],
  );
}

const nameOf = (id: string): string => `appbackend-import-${id}`;
