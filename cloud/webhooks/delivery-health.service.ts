import { Table } from '../../core/database/kit/table';
import { gte } from '../../core/database/kit/where';
import type { DeliveryStatus } from './webhooks.schema';

const WINDOW_MS = 3_600_000;
const SAMPLE = 100;

/** Of the last deliveries of all tenants. */
export interface DeliveryHealth {
  hasEndpoints: boolean;
  /** Deliveries that were tried at all; of these `failing` have not arrived. */
  tried: number;
  failing: number;
  /** How long the first try of the one that has waited longest is overdue. */
  lateMs: number;
  /** Time of an answer, where there was one. */
  medianMs: number | undefined;
}

/** What is asked for here, without bodies and headers. */
interface Sampled {
  objectId: string;
  status: DeliveryStatus;
  attempts: number;
  duration_ms: number | null;
  next_attempt_at: Date | null;
  createdAt: Date;
}

const deliveries = new Table<Sampled>({
  className: 'WebhookDelivery',
  key: ['objectId'],
  columns: {
    objectId: 'plain',
    status: 'plain',
    attempts: 'plain',
    duration_ms: 'plain',
    next_attempt_at: 'plain',
    createdAt: 'plain',
  },
});

const endpoints = new Table<{ objectId: string; active: boolean }>({
  className: 'WebhookEndpoint',
  key: ['objectId'],
  columns: { objectId: 'plain', active: 'plain' },
});

/** How the last hundred deliveries of the last hour went: two reads of an index, however many there are. */
export async function deliveryHealth(now: Date): Promise<DeliveryHealth> {
  const since = new Date(now.getTime() - WINDOW_MS);
  const [endpoint, rows] = await Promise.all([
    endpoints.find({ active: true }),
    deliveries.page({ createdAt: gte(since) }, { by: 'createdAt', isDescending: true, limit: SAMPLE }),
  ]);
  const arrived = rows.filter(({ status }) => status === 'delivered');
  const failing = rows.filter(({ status }) => status === 'failed' || status === 'exhausted');
  const waits = rows.filter(({ status }) => status === 'pending').map((row) => now.getTime() - dueMs(row));
  const times = arrived.flatMap(({ duration_ms }) => duration_ms ?? []).sort((a, b) => a - b);
  return {
    hasEndpoints: endpoint !== undefined,
    tried: arrived.length + failing.length,
    failing: failing.length,
    lateMs: Math.max(0, ...waits),
    medianMs: times[Math.floor(times.length / 2)],
  };
}

const dueMs = ({ next_attempt_at, createdAt }: Sampled): number => (next_attempt_at ?? createdAt).getTime();
