import { once } from 'node:events';
import { Client } from 'pg';
import { createPerson, type Person } from '../factories/people';
import { withDatabase } from '../accounts/support';
import { LANE, parseRest, spawnWorker, testServer, waitFor } from '../harness/app';
import { expireLease, HELD, longLog, progressOf, ROWS } from '../imports/support/database';
import { importFile, newImporter, sendFile, waitForJob, type JobView } from '../imports/support/imports';
import { byType, settledEventsOf, type StoredEvent } from './support/told';

const CLASSES = ['DataJob', 'Purchase', 'Subscription', 'Event'];
const onlyIn = (lane: 'postgres' | 'mongo'): jest.It => ((LANE === 'mongo') === (lane === 'mongo') ? it : it.skip);
const eventsOf = (tenantId: string): Promise<StoredEvent[]> => settledEventsOf(tenantId, CLASSES);
const EFFECTS = { defaults: { currency: 'USD' }, effects: true };

let person: Person;
beforeEach(async () => {
  person = await newImporter();
});

async function run(options: object, header: string, ...rows: string[]): Promise<JobView> {
  const job = await importFile(person.token, { ...EFFECTS, ...options }, [header, ...rows].join('\n'));
  expect(job.status).toBe('completed');
  return job;
}

/** What the tenant's events are beside the ends of jobs. */
async function effectsOf(): Promise<StoredEvent[]> {
  const events = await eventsOf(person.tenantId);
  return events.filter(({ type }) => !type.startsWith('data_'));
}

/** Whether an import waits for what somebody else has locked (PostgreSQL). */
function isImportWaiting(): Promise<boolean> {
  return withDatabase({
    postgres: async (db) => {
      const { rowCount } = await db.query(
        `select 1 from pg_stat_activity where wait_event_type = 'Lock' and application_name like 'appbackend-import-%'`,
      );
      return rowCount === 1;
    },
    mongo: () => Promise.reject(new Error('PostgreSQL only.')),
  });
}

describe('an import with effects', () => {
  const ORDERS = 'order_id,customer_id,purchased_at,amount,status';
  const purchases = (options: object, ...rows: string[]) =>
    run({ data_type: 'purchases', ...options }, ORDERS, ...rows);

  it('of new purchases: one event an order that is paid or refunded, none for what is refused', async () => {
    const job = await purchases(
      {},
      'A,c1,2024-01-01,1.50,paid',
      'B,c2,2024-01-02,2,pending',
      'C,c2,2024-01-02,3,refunded',
      'A,c1,2024-01-03,2.50,paid',
      'D,c2,never,3,paid',
    );
    expect(job.counts).toMatchObject({ inserted: 4, rejected: 1 });
    const events = await eventsOf(person.tenantId);
    expect(byType(events)).toEqual({ purchase: 1, purchase_refunded: 1, data_processed: 1 });
    const event = events.find(({ type }) => type === 'purchase')!;
    const stored = await parseRest('GET', `/classes/Purchase/${event.subject}`, { masterKey: true });
    expect(stored.body).toMatchObject({ order_id: 'A', total: 4 });
    expect(event.data).toEqual({
      purchase_id: event.subject,
      order_id: 'A',
      customer_id: stored.body.customer.objectId,
      total: 4,
      currency: 'USD',
      status: 'paid',
      channel: null,
      purchased_at: '2024-01-01T00:00:00.000Z',
    });
  });

  it('of stored purchases: what their step from one state to the next is', async () => {
    await purchases(
      { effects: false },
      'A,c1,2024-01-01,1,pending',
      'B,c1,2024-01-01,1,paid',
      'C,c1,2024-01-01,1,paid',
    );
    expect(await effectsOf()).toEqual([]);
    const rows = [
      'A,c1,2024-01-01,1,paid',
      'B,c1,2024-01-01,1,paid',
      'C,c1,2024-01-01,1,refunded',
      'D,c1,2024-01-01,1,paid',
    ];
    await purchases({ mode: 'upsert' }, ...rows);
    const steps = (await effectsOf()).map(({ type, data }) => [data['order_id'], type]);
    expect(steps.sort()).toEqual([
      ['A', 'purchase'],
      ['C', 'purchase_refunded'],
      ['D', 'purchase'],
    ]);
    await purchases({ mode: 'upsert' }, ...rows);
    expect(await effectsOf()).toHaveLength(3);
    await purchases({ mode: 'update' }, 'B,c1,2024-01-01,1,refunded', 'E,c1,2024-01-01,1,paid');
    expect((await effectsOf()).slice(3).map(({ type, data }) => [data['order_id'], type])).toEqual([
      ['B', 'purchase_refunded'],
    ]);
  });

  it('of subscriptions: started, changed, cancelled, taken up again', async () => {
    const header = 'subscription_id,customer_id,plan,amount,started_at,cancelled_at,status';
    const send = (options: object, ...rows: string[]) =>
      run({ data_type: 'subscriptions', ...options }, header, ...rows);
    await send({}, 'S,c1,pro,19,2024-01-01,,', 'T,c2,pro,19,2024-01-01,2024-02-01,');
    await send({ mode: 'upsert' }, 'S,c1,team,29,2024-01-01,,', 'T,c2,pro,19,2024-01-01,2024-02-01,');
    await send({ mode: 'update' }, 'S,c1,team,29,2024-01-01,,cancelled', 'T,c2,pro,19,2024-01-01,,active');
    const of = async (id: string) =>
      (await effectsOf()).filter(({ data }) => data['subscription_id'] === id).map(({ type }) => type);
    expect(await of('S')).toEqual(['subscription_started', 'subscription_changed', 'subscription_cancelled']);
    expect(await of('T')).toEqual(['subscription_started', 'subscription_cancelled', 'subscription_started']);
  });

  it('of events: one each, by its type; stored again it is none', async () => {
    const header = 'event_id,event_type,timestamp,properties';
    const rows = ['1,view,2024-01-01T10:00:00Z,"{""path"":""/a""}"', '2,cart/öffnen <1>,2024-01-02,'];
    await run({ data_type: 'events', defaults: {} }, header, ...rows);
    await run({ data_type: 'events', defaults: {}, mode: 'upsert' }, header, ...rows, '3,view,2024-01-01,');
    const events = await effectsOf();
    expect(byType(events)).toEqual({ 'event.view': 2, 'event.cart/öffnen _1_': 1 });
    expect(events.find(({ data }) => data['event_id'] === '1')!.data).toMatchObject({
      event_type: 'view',
      timestamp: '2024-01-01T10:00:00.000Z',
      properties: { path: '/a' },
    });
  });

  it('of what causes no events causes none', async () => {
    await run({ data_type: 'costs' }, 'date,amount', '2024-01-01,5');
    await run({ data_type: 'customers', defaults: {} }, 'customer_id,name', 'c1,One');
    expect(byType(await eventsOf(person.tenantId))).toEqual({ data_processed: 2 });
  });

  it('that stores nothing causes none: a dry run, and a strict one with a refused row', async () => {
    await purchases({ dry_run: true }, 'A,c1,2024-01-01,1.50,paid');
    const options = { ...EFFECTS, data_type: 'purchases', strict: true };
    const rows = [ORDERS, 'A,c1,2024-01-01,1.50,paid', 'B,c1,never,1.50,paid'];
    expect((await importFile(person.token, options, rows.join('\n'))).status).toBe('failed');
    expect(byType(await eventsOf(person.tenantId))).toEqual({ data_processed: 1, data_failed: 1 });
  });
});

describe('an import into a class, whose rows are saved one by one', () => {
  const HEADER = 'order_id,total,currency,purchased_at';
  const OPTIONS = { data_type: 'class:Purchase', defaults: {} };

  it('causes its events with effects, and none without', async () => {
    person = await createPerson({ roles: ['tenant:owner', 'analyst'], tenant: person.tenantId });
    await run({ ...OPTIONS, effects: false }, HEADER, 'A,1,USD,2024-01-01', 'B,2,USD,2024-01-01');
    expect(await effectsOf()).toEqual([]);
    await run(OPTIONS, HEADER, 'C,1,USD,2024-01-01', 'D,2,USD,2024-01-01');
    const events = await effectsOf();
    expect(events.map(({ type, data }) => [data['order_id'], type]).sort()).toEqual([
      ['C', 'purchase'],
      ['D', 'purchase'],
    ]);
  });

  it('is not both strict and with effects: what is taken back would have fired', async () => {
    const sent = await sendFile(
      person.token,
      { ...EFFECTS, ...OPTIONS, strict: true },
      `${HEADER}\nA,1,USD,2024-01-01`,
    );
    expect(sent).toMatchObject({ status: 400, body: { error: { code: 'VALIDATION_ERROR' } } });
  });
});

describe('an import with effects whose workers are killed', () => {
  const ownWorker = (): number => testServer().workerPid;
  const PURCHASES = { ...EFFECTS, data_type: 'purchases' };
  // Each is an event to be handed on, and the stand-in for MongoDB hands on some hundred a second.
  const COUNT = LANE === 'mongo' ? 3_000 : ROWS;
  // Otherwise the server's own worker, which is not killed, would take the jobs.
  beforeEach(() => process.kill(ownWorker(), 'SIGSTOP'));
  afterEach(() => process.kill(ownWorker(), 'SIGCONT'));

  async function killWorkerAt(jobId: string, isThere: () => Promise<boolean>): Promise<void> {
    const worker = spawnWorker();
    try {
      await waitFor(isThere, { timeoutMs: 90_000, everyMs: 10 });
    } finally {
      worker.kill('SIGKILL');
      await once(worker, 'exit');
    }
    await expireLease(jobId);
  }

  async function expectEach(jobId: string): Promise<void> {
    process.kill(ownWorker(), 'SIGCONT');
    expect((await waitForJob(person.token, jobId)).counts).toMatchObject({ read: COUNT, inserted: COUNT - HELD });
    const events = await eventsOf(person.tenantId);
    // Two rows are one order.
    expect(byType(events)).toEqual({ purchase: COUNT - HELD - 1, data_processed: 1 });
    expect(new Set(events.map(({ subject }) => subject)).size).toBe(COUNT - HELD);
  }

  onlyIn('mongo')(
    'while they write: each event once',
    async () => {
      const jobId: string = (await sendFile(person.token, PURCHASES, longLog(COUNT))).body.job_id;
      await killWorkerAt(jobId, async () => (await progressOf(jobId)).stored > 0);
      await expectEach(jobId);
    },
    300_000,
  );

  onlyIn('postgres')(
    'while they record events: each event once, and none before all are there',
    async () => {
      const jobId: string = (await sendFile(person.token, PURCHASES, longLog(COUNT))).body.job_id;
      const client = new Client({ connectionString: testServer().databaseUri });
      await client.connect();
      let isHeld = false;
      // Not before the worker reads: its boot looks after the table, too.
      const isWaiting = async (): Promise<boolean> => {
        if (!isHeld && (await progressOf(jobId)).staged === 0) return false;
        if (!isHeld) await client.query('begin; lock table app.event in share mode');
        isHeld = true;
        return isImportWaiting();
      };
      await killWorkerAt(jobId, isWaiting).finally(() => client.end());
      expect(await eventsOf(person.tenantId)).toEqual([]);
      await expectEach(jobId);
    },
    300_000,
  );
});

// MongoDB has all events in the rows, one behind the other.
onlyIn('postgres')(
  'events of an import come behind those that the row carries already',
  async () => {
    const header = 'order_id,purchased_at,amount,status';
    await run({ data_type: 'purchases', effects: false }, header, 'A,2024-01-01,1,paid');
    const id = await withDatabase({
      postgres: async (db) =>
        (await db.query<{ id: string }>('select "objectId" as id from "Purchase" where tenant = $1', [person.tenantId]))
          .rows[0]!.id,
      mongo: () => Promise.reject(new Error('PostgreSQL only.')),
    });
    const earlier = {
      ...{ id: '019a0000-0000-7000-8000-000000000001', tenant: person.tenantId, type: 'purchase', class: 'Purchase' },
      ...{ subject: id, at: new Date().toISOString(), payload: '{}', request: '' },
    };
    const client = new Client({ connectionString: testServer().databaseUri });
    await client.connect();
    // Held, so that the import and nobody else gets the row next.
    await client.query('begin');
    await client.query('update "Purchase" set pending_events = $2 where "objectId" = $1', [
      id,
      JSON.stringify([JSON.stringify(earlier)]),
    ]);
    const sent = await sendFile(
      person.token,
      { ...EFFECTS, data_type: 'purchases', mode: 'update' },
      `${header}\nA,2024-01-01,1,refunded`,
    );
    await waitFor(isImportWaiting, { timeoutMs: 60_000, everyMs: 20 });
    await client.query('commit');
    await client.end();
    await waitForJob(person.token, sent.body.job_id);
    expect((await effectsOf()).map(({ type }) => type)).toEqual(['purchase', 'purchase_refunded']);
  },
  120_000,
);
