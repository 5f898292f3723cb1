import type { Pool, PoolClient } from 'pg';
import { IDLE_LIMIT } from '../../../../core/database/database';

/**
 * Names the session after the job, and ends those that an earlier worker of the job has open: standing still, it would
 * hold their locks until it wakes, and then go on writing. COPY does not count as idle, and nobody may be there to take
 * the job over: then a COPY holds its own stage alone.
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
