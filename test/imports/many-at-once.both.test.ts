import { Client } from 'pg';
import { withDatabase } from '../accounts/support';
import { type Person } from '../factories/people';
import { api, LANE, parseRest, testServer, waitFor } from '../harness/app';
import { newImporter, PURCHASES, revenueOf, sendFile, waitForJob } from './support/imports';

/** Two more than a worker has connections for loads (DATABASE_LOAD_CONNECTIONS). */
const IMPORTS = 12;
const LOADING = 10;
/** First key of the lock that serialises the writing of a tenant's imports (PostgreSQL). */
const IMPORT_LOCK = 7_203_115;

interface Held {
  /** Loads that have their connection and wait within their transaction. */
  waiting(): Promise<number>;
  release(): Promise<void>;
}

/** Lets no import of the tenant write, as a long one of the same tenant would. */
async function holdWriting(tenantId: string): Promise<Held> {
  const client = new Client({ connectionString: testServer().databaseUri });
  await client.connect();
  await client.query('select pg_advisory_lock($1, hashtext($2))', [IMPORT_LOCK, tenantId]);
  return {
    waiting: async () => {
      const { rows } = await client.query<{ n: number }>(
        `select count(*)::int as n from pg_locks where locktype = 'advisory' and not granted
         and classid = $1::bigint::oid and objid = (hashtext($2)::bigint & 4294967295)::oid`,
        [IMPORT_LOCK, tenantId],
      );
      return rows[0]!.n;
    },
    release: () => client.end(),
  };
}

/** Until when each job is held, milliseconds since 1970. */
async function leasesOf(jobIds: readonly string[]): Promise<number[]> {
  return withDatabase({
    postgres: async (db) => {
      const { rows } = await db.query<{ lease_until: Date | null }>(
        'select lease_until from "DataJob" where job_id = any($1) order by job_id',
        [jobIds],
      );
      return rows.map((row) => row.lease_until?.getTime() ?? 0);
    },
    mongo: () => Promise.reject(new Error('Not asked there.')),
  });
}

/** The jobs that have no session of their own in PostgreSQL. */
async function withoutConnection(jobIds: readonly string[]): Promise<string[]> {
  return withDatabase({
    postgres: async (db) => {
      const { rows } = await db.query<{ job_id: string }>(
        `select job_id from "DataJob" j where job_id = any($1)
         and not exists (select 1 from pg_stat_activity a where a.application_name = 'appbackend-import-' || j."objectId")`,
        [jobIds],
      );
      return rows.map((row) => row.job_id);
    },
    mongo: () => Promise.reject(new Error('Not asked there.')),
  });
}

async function submit(person: Person): Promise<string[]> {
  const sent = await Promise.all(
    Array.from({ length: IMPORTS }, (_, n) =>
      sendFile(person.token, PURCHASES, `order_id,customer_id,purchased_at,amount\nmany-${n},c${n},2024-03-01,1\n`),
    ),
  );
  expect(sent.map(({ status }) => status)).toEqual(Array.from({ length: IMPORTS }, () => 202));
  return sent.map(({ body }) => body.job_id as string);
}

async function expectAnswers(person: Person, jobId: string): Promise<void> {
  const answers = await Promise.all([
    api('GET', '/health'),
    api('GET', `/api/data/status/${jobId}`, { token: person.token }),
    api('GET', '/api/business/analytics/revenue?start_date=2024-03-01&end_date=2024-03-31', { token: person.token }),
    parseRest('GET', '/classes/Purchase?limit=1', { token: person.token }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
}

let held: Held | undefined;
afterEach(() => held?.release());

describe('more imports at once than there are connections', () => {
  it('all end, while the API answers', async () => {
    const person = await newImporter();
    held = LANE === 'mongo' ? undefined : await holdWriting(person.tenantId);
    const jobIds = await submit(person);
    let ended = jobIds;
    if (held) {
      const { waiting, release } = held;
      await waitFor(async () => (await waiting()) === LOADING, { timeoutMs: 60_000 });
      await expectAnswers(person, jobIds[0]!);
      // Every heartbeat gets its connection, also of those that wait for theirs.
      await waitFor(async () => (await leasesOf(jobIds)).every((until) => until > 0), { timeoutMs: 60_000 });
      const before = Math.max(...(await leasesOf(jobIds)));
      await waitFor(async () => (await leasesOf(jobIds)).every((until) => until > before), { timeoutMs: 60_000 });
      const [unserved, ...others] = await withoutConnection(jobIds);
      expect(others).toHaveLength(IMPORTS - LOADING - 1);
      const cancelled = await api('POST', `/api/queue/jobs/${unserved}/cancel`, { token: person.token });
      expect(cancelled.status).toBe(202);
      expect(await waitForJob(person.token, unserved!)).toMatchObject({ status: 'cancelled' });
      expect(await waiting()).toBe(LOADING);
      ended = jobIds.filter((id) => id !== unserved);
      held = undefined;
      await release();
    }
    await expectAnswers(person, jobIds[0]!);
    for (const id of ended)
      expect(await waitForJob(person.token, id)).toMatchObject({ status: 'completed', counts: { inserted: 1 } });
    await expectAnswers(person, jobIds[0]!);
    expect(await revenueOf(person.token)).toBe(ended.length);
  }, 240_000);
});
