import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { Webhook } from 'standardwebhooks';
import { listEvents } from '../../core/events/event.store';
import { putDeliveries } from '../../cloud/webhooks/send.due';
import { TestClock } from '../due/support/table';
import { LANE, testServer, waitFor } from '../harness/app';
import { newOwner, type Owner } from './support/endpoints';
import {
  makeDeliveries,
  openRig,
  openSending,
  quietEndpoint,
  reread,
  rereadOne,
  statuses,
  type Rig,
} from './support/sending';
import { openSink, type Answering, type Sink } from './support/sink';

const HOUR = 3_600_000;
/** Beyond what a row is put off by while its request may still run. */
const A_MINUTE = 60_000;
const LEASE_MS = 2_000;

describe('deliveries that do not arrive at once', () => {
  let close: () => Promise<void>;
  let owner: Owner;
  const opened: { close(): Promise<void> }[] = [];

  const sink = async (answer?: Answering): Promise<Sink> => {
    const one = await openSink(answer);
    opened.push(one);
    return one;
  };
  const clockedRig = async (): Promise<{ rig: Rig; clock: TestClock }> => {
    const clock = new TestClock();
    const rig = await openRig({ clock });
    opened.unshift(rig);
    return { rig, clock };
  };

  beforeAll(async () => {
    close = openSending();
    owner = await newOwner();
  });
  afterAll(async () => {
    for (const one of opened) await one.close();
    await close();
  });

  test('are tried ten times over 75 hours, and then no more', async () => {
    const receiver = await sink((response) => response.writeHead(500).end());
    const endpoint = await quietEndpoint(owner, receiver.url);
    const { rig, clock } = await clockedRig();
    const begin = clock.now().getTime();
    const [row] = await makeDeliveries(owner, endpoint.id, { now: clock.now() });
    await rig.put([row!]);
    for (let tries = 1; tries <= 10; tries += 1) {
      await rig.work();
      const now = await waitFor(async () => {
        const read = await rereadOne(row!);
        return read.attempts === tries && read;
      });
      expect(now.status).toBe(tries < 10 ? 'failed' : 'exhausted');
      if (now.next_attempt_at) clock.pass(now.next_attempt_at.getTime() - clock.now().getTime() + A_MINUTE);
    }
    const hours = (clock.now().getTime() - begin) / HOUR;
    expect(hours).toBeGreaterThan(75 * 0.9);
    expect(hours).toBeLessThan(76 * 1.1);
    clock.pass(100 * HOUR);
    await rig.work();
    expect(receiver.received).toHaveLength(10);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(await rig.stateOf(row!)).toBe('done');
  }, 90_000);

  test.each([429, 503])('wait for as long as a receiver asks with %i', async (status) => {
    const receiver = await sink((response) => response.writeHead(status, { 'retry-after': '7200' }).end());
    const endpoint = await quietEndpoint(owner, receiver.url);
    const { rig, clock } = await clockedRig();
    const [row] = await makeDeliveries(owner, endpoint.id, { now: clock.now() });
    await rig.put([row!]);
    await rig.work();
    const failed = await waitFor(async () => {
      const now = await rereadOne(row!);
      return now.attempts === 1 && now;
    });
    expect(failed.next_attempt_at).toEqual(new Date(failed.updatedAt.getTime() + 2 * HOUR));
  });

  test('for five days switch their endpoint off, and its owner is told by an event', async () => {
    const receiver = await sink((response) => response.writeHead(500).end());
    const endpoint = await quietEndpoint(owner, receiver.url);
    const { rig, clock } = await clockedRig();
    const isActive = async (): Promise<boolean> => (await owner.call('GET', `/${endpoint.id}`)).body.active;
    let days = 0;
    for (; days < 5; days += 1) {
      const [row] = await makeDeliveries(owner, endpoint.id, { now: clock.now() });
      await rig.put([row!]);
      await rig.work();
      await waitFor(async () => (await rereadOne(row!)).attempts > 0);
      await rig.sender.noteHealth();
      expect(await isActive()).toBe(true);
      clock.pass(24 * HOUR);
    }
    const [last] = await makeDeliveries(owner, endpoint.id, { now: clock.now() });
    await rig.put([last!]);
    await rig.work();
    await waitFor(async () => (await rereadOne(last!)).attempts > 0);
    await rig.sender.noteHealth();
    const { body } = await owner.call('GET', `/${endpoint.id}`);
    expect(body).toMatchObject({ active: false, disabled_reason: 'failing' });
    expect(await rereadOne(last!)).toMatchObject({ status: 'cancelled', last_error: { code: 'ENDPOINT_DISABLED' } });
    const told = await waitFor(async () => {
      const types = ['webhook_endpoint_disabled'];
      const [event] = await listEvents({ tenant: owner.tenantId, types }, { limit: 1 });
      return event;
    });
    expect(told.payload).toEqual({ webhook_id: endpoint.id, reason: 'failing' });
  }, 90_000);

  test('but for one, leave their endpoint on', async () => {
    let status = 500;
    const receiver = await sink((response) => response.writeHead(status).end());
    const endpoint = await quietEndpoint(owner, receiver.url);
    const { rig, clock } = await clockedRig();
    for (const [day, answer] of [500, 500, 200, 500, 500, 500, 500].entries()) {
      status = answer;
      const [row] = await makeDeliveries(owner, endpoint.id, { now: clock.now(), payload: { day } });
      await rig.put([row!]);
      await rig.work();
      await waitFor(async () => (await rereadOne(row!)).attempts > 0);
      await rig.sender.noteHealth();
      clock.pass(24 * HOUR);
    }
    const { body } = await owner.call('GET', `/${endpoint.id}`);
    expect(body).toMatchObject({ active: true, disabled_reason: null });
    expect(body.failing_since).not.toBeNull();
  }, 90_000);

  test('arrive, each with its id, however often their processes are killed', async () => {
    const count = 400;
    const receiver = await sink((response) => void setTimeout(() => response.writeHead(200).end(), 50));
    const endpoint = await quietEndpoint(owner, receiver.url, { max_in_flight: 20, max_per_second: 1000 });
    const rows = await makeDeliveries(owner, endpoint.id, { count });
    const rig = await openRig({ leaseMs: LEASE_MS });
    opened.unshift(rig);
    await rig.put(rows);
    for (const kills of [50, 150, 250]) {
      const child = await startChild(rig.name);
      await waitFor(() => receiver.received.length >= kills, { timeoutMs: 60_000, everyMs: 5 });
      const dead = once(child, 'exit');
      child.kill('SIGKILL');
      await dead;
    }
    expect((await statuses(rows))['pending']).toBeGreaterThan(0);
    await waitFor(
      async () => {
        await rig.work();
        return (await statuses(rows))['delivered'] === count;
      },
      { timeoutMs: 120_000, everyMs: 500 },
    );
    const ids = new Set(receiver.received.map(({ headers }) => headers['webhook-id']));
    expect(ids).toEqual(new Set(rows.map(({ event_id: id }) => id)));
    const webhook = new Webhook(endpoint.secret);
    for (const { body, headers } of receiver.received) webhook.verify(body, headers as Record<string, string>);
  }, 240_000);

  test('verify with the secret that a receiver has, while it is rotated under load', async () => {
    const receiver = await sink();
    const endpoint = await quietEndpoint(owner, receiver.url, { max_in_flight: 20, max_per_second: 1000 });
    const rotate = async (body: object = {}): Promise<string> => {
      const answer = await owner.call('POST', `/${endpoint.id}/rotate-secret`, body);
      expect(answer.status).toBe(200);
      return answer.body.secret;
    };
    const verifies = (secret: string, { body, headers }: (typeof receiver.received)[number]): boolean => {
      try {
        new Webhook(secret).verify(body, headers as Record<string, string>);
        return true;
      } catch {
        return false;
      }
    };
    const before = await makeDeliveries(owner, endpoint.id, { count: 150 });
    await putDeliveries(before);
    await waitFor(() => receiver.received.length > 10, { everyMs: 5 });
    const second = await rotate();
    const after = await makeDeliveries(owner, endpoint.id, { count: 150 });
    await putDeliveries(after);
    await waitFor(async () => (await statuses([...before, ...after]))['delivered'] === 300, { timeoutMs: 60_000 });
    // Whoever still has the old one loses nothing, nor does who changed over as soon as he had the new one.
    expect(receiver.received.filter((one) => !verifies(endpoint.secret, one))).toEqual([]);
    const newer = new Set(after.map(({ event_id: id }) => id));
    const late = receiver.received.filter(({ headers }) => newer.has(String(headers['webhook-id'])));
    expect(late.filter((one) => !verifies(second, one))).toEqual([]);

    const third = await rotate({ revoke_previous: true });
    const last = await makeDeliveries(owner, endpoint.id, { count: 20 });
    await putDeliveries(last);
    await waitFor(async () => (await reread(last)).every(({ status }) => status === 'delivered'));
    const newest = receiver.received.slice(-20);
    expect(newest.filter((one) => !verifies(third, one))).toEqual([]);
    expect(newest.filter((one) => verifies(second, one) || verifies(endpoint.secret, one))).toEqual([]);
  }, 120_000);
});

async function startChild(name: string): Promise<ChildProcess> {
  const { databaseUri, env } = testServer();
  const uri = LANE === 'mongo' ? { MONGODB_URL: env['MONGODB_URL'] ?? databaseUri } : { DATABASE_URI: databaseUri };
  const child = fork(path.join(__dirname, 'support/sending-child.ts'), [name, String(LEASE_MS)], {
    execArgv: ['-r', path.join(__dirname, '../jobs/support/register-typescript.cjs')],
    env: { ...env, ...uri, NODE_OPTIONS: '', LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return child;
}
