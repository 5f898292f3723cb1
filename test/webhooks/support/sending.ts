import { randomUUID } from 'node:crypto';
import Parse from 'parse/node';
import { newDelivery, deliveryRows, type DeliveryRow } from '../../../cloud/webhooks/delivery.store';
import { findEndpoint } from '../../../cloud/webhooks/endpoint.store';
import type { SendClient } from '../../../cloud/webhooks/send.client';
import { dueOptionsOf } from '../../../cloud/webhooks/send.due';
import { Sender } from '../../../cloud/webhooks/sender';
import { oneOf } from '../../../core/database/kit/where';
import { defineDueTable } from '../../../core/due/due-table';
import type { DueState } from '../../../core/due/due.types';
import { insertRecorded } from '../../../core/events/event.store';
import type { DomainEvent } from '../../../core/events/event.types';
import { newEventId } from '../../../core/ids';
import { setQueue } from '../../../core/queue';
import { openServerDatabase } from '../../analytics/support/store';
import { testPump } from '../../due/support/pumps';
import { createTable, dropTable } from '../../due/support/table';
import { LANE, testServer } from '../../harness/app';
import type { Owner } from './endpoints';

/** Nothing happens of this type here: what these tests send, they make themselves. */
const NOTHING = ['user_deleted'];

/** The database of the server under test, and what the sender needs beside it. */
export function openSending(): () => Promise<void> {
  const { env, url } = testServer();
  for (const name of ['ENCRYPTION_KEY', 'JWT_SECRET', 'OUTGOING_LOOPBACK', 'PUBLIC_URL', 'REDIS_URL'])
    if (env[name] !== undefined) process.env[name] = env[name];
  const close = openServerDatabase();
  setQueue({ add: () => Promise.resolve(), addMany: () => Promise.resolve() });
  Parse.initialize(env['PARSE_APP_ID'] ?? 'appbackend', '', testServer().masterKey);
  Parse.serverURL = `${url}/parse`;
  return async () => {
    setQueue(undefined);
    await close();
  };
}

/** An endpoint that no consumer sends anything to. */
export async function quietEndpoint(
  owner: Owner,
  url: string,
  fields: Record<string, unknown> = {},
): Promise<{ id: string; secret: string }> {
  const { status, body } = await owner.create({ url, types: NOTHING, ...fields });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body;
}

export interface MadeDeliveries {
  /** @defaultValue one */
  count?: number;
  type?: string;
  payload?: Record<string, unknown>;
  now?: Date;
}

/** Events with a delivery each, stored as the consumer does; no due rows. */
export async function makeDeliveries(
  owner: Owner,
  endpointId: string,
  { count = 1, type = 'purchase', payload = { amount: 12 }, now = new Date() }: MadeDeliveries = {},
): Promise<DeliveryRow[]> {
  const endpoint = (await findEndpoint(endpointId))!;
  const subject = { className: 'Purchase', id: 'p1' };
  const base = { tenant: owner.tenantId, type, subject, seq: 1, occurredAt: now, recordedAt: now, payload };
  const events: DomainEvent[] = Array.from({ length: count }, () => ({ ...base, id: newEventId(), requestId: '' }));
  await insertRecorded(
    events.map((event) => ({
      id: event.id,
      ...(LANE === 'mongo' ? { seq: 1 } : {}),
      state: 'dispatched',
      tenant: event.tenant,
      type,
      subject_class: subject.className,
      subject_id: subject.id,
      occurred_at: now,
      recorded_at: now,
      payload: JSON.stringify(payload),
      request_id: '',
    })),
  );
  const rows = events.map((event) => newDelivery(endpoint, event, 'test', now));
  await deliveryRows.insertMany(rows);
  return rows;
}

/** Another delivery of the same, open. */
export async function copyOf(row: DeliveryRow): Promise<DeliveryRow> {
  const copy: DeliveryRow = {
    ...row,
    objectId: randomUUID().replaceAll('-', '').slice(0, 24),
    replay_id: randomUUID(),
  };
  await deliveryRows.insertMany([copy]);
  return copy;
}

export async function reread(rows: readonly DeliveryRow[]): Promise<DeliveryRow[]> {
  return deliveryRows.list({ objectId: oneOf(rows.map(({ objectId }) => objectId)) });
}

export const rereadOne = async (row: DeliveryRow): Promise<DeliveryRow> => (await reread([row]))[0]!;

/** How many deliveries are in each status. */
export async function statuses(rows: readonly DeliveryRow[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { status } of await reread(rows)) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

export interface Rig {
  name: string;
  sender: Sender;
  put(rows: readonly DeliveryRow[]): Promise<void>;
  /** Works off what is due now. */
  work(): Promise<void>;
  stateOf(row: DeliveryRow): Promise<DueState | undefined>;
  close(): Promise<void>;
}

export interface RigOptions {
  client?: SendClient;
  clock?: { now(): Date };
  name?: string;
  leaseMs?: number;
}

/** A sender in this process with due rows of its own, which no worker sees. */
export async function openRig({
  client,
  clock,
  name = `t${randomUUID().replaceAll('-', '').slice(0, 12)}`,
  leaseMs = 30_000,
}: RigOptions = {}): Promise<Rig> {
  const now = (): Promise<Date> => table.now();
  const sender = new Sender(client ? { now, client } : { now });
  const table = defineDueTable({ ...dueOptionsOf(sender), name, leaseMs }, clock);
  await createTable(table);
  return {
    name,
    sender,
    put: async (rows) => {
      const payload = (row: DeliveryRow) => ({ delivery_id: row.objectId, endpoint_id: row.endpoint });
      await table.put(rows.map((row) => ({ key: row.objectId, tenant: row.tenant, payload: payload(row) })));
    },
    work: async () => {
      await testPump(table).run();
    },
    stateOf: async ({ objectId }) => (await table.store.find(objectId))?.state,
    close: async () => {
      await sender.close();
      await dropTable(table);
    },
  };
}
