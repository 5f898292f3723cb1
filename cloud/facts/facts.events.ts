import { z } from 'zod';
import {
  defineEventType,
  MAX_PAYLOAD_BYTES,
  type EventDraft,
  type EventSource,
  type EventType,
} from '../../core/events/event.types';
import { valuesOf, type FactValues } from './define';
import { FACTS } from './facts';

/** Which events the step of a row from one state to the next is; `before` is undefined for a new row. Pure. */
export type StepEvents = (objectId: string, after: FactValues, before: FactValues | undefined) => readonly EventDraft[];

const text = z.string().nullable();
const instant = z.iso.datetime().nullable();

const purchasePayload = z.strictObject({
  purchase_id: z.string(),
  order_id: text,
  customer_id: text,
  total: z.number().describe('Major units of the currency.'),
  currency: z.string(),
  status: z.string(),
  channel: text,
  purchased_at: instant,
});
const purchaseExample = {
  purchase_id: 'aB3dE5fG7h',
  order_id: 'A-1001',
  customer_id: 'cU5tO6mE7r',
  total: 49.9,
  currency: 'EUR',
  status: 'paid',
  channel: 'web',
  purchased_at: '2026-11-02T10:00:00.000Z',
};
const subscriptionPayload = z.strictObject({
  subscription_row_id: z.string(),
  subscription_id: text,
  customer_id: text,
  plan: text,
  amount: z.number().describe('For one interval, major units of the currency.'),
  currency: z.string(),
  interval: text,
  status: text,
  started_at: instant,
  cancelled_at: instant,
});
const subscriptionExample = {
  subscription_row_id: 'sU8bS9cR0i',
  subscription_id: 'S-77',
  customer_id: 'cU5tO6mE7r',
  plan: 'pro',
  amount: 19,
  currency: 'EUR',
  interval: 'month',
  status: 'active',
  started_at: '2026-11-01T00:00:00.000Z',
  cancelled_at: null,
};

const purchaseType = (name: string, summary: string, status: string): EventType =>
  defineEventType({
    name,
    summary,
    subject: 'Purchase',
    payload: purchasePayload,
    example: { ...purchaseExample, status },
  });
const subscriptionType = (name: string, summary: string, change: Record<string, unknown> = {}): EventType =>
  defineEventType({
    name,
    summary,
    subject: 'Subscription',
    payload: subscriptionPayload,
    example: { ...subscriptionExample, ...change },
  });

export const factEventTypes: readonly EventType[] = [
  purchaseType('purchase', 'A purchase is paid: stored as paid, or paid now.', 'paid'),
  purchaseType('purchase_refunded', 'A purchase was refunded.', 'refunded'),
  subscriptionType('subscription_started', 'A subscription was taken out, or taken up again.'),
  subscriptionType('subscription_changed', 'Plan, amount, currency, interval or status of a subscription changed.', {
    plan: 'team',
  }),
  subscriptionType('subscription_cancelled', 'The end of a subscription was set: it may lie ahead.', {
    status: 'cancelled',
    cancelled_at: '2026-12-01T00:00:00.000Z',
  }),
  defineEventType({
    name: 'checkout_abandoned',
    summary: 'A checkout was left without an order. Declared; nothing causes it yet.',
    subject: 'Checkout',
    payload: z.strictObject({ checkout_id: z.string(), customer_id: text, total: z.number(), currency: z.string() }),
    example: { checkout_id: 'C-1', customer_id: 'cU5tO6mE7r', total: 49.9, currency: 'EUR' },
  }),
  defineEventType({
    name: 'event.*',
    summary: 'A row of `Event` was stored: `event.` and its `event_type`.',
    subject: 'Event',
    payload: z.strictObject({
      event_row_id: z.string(),
      event_id: text,
      event_type: z.string(),
      user_id: text,
      customer_id: text,
      timestamp: instant,
      properties: z
        .record(z.string(), z.unknown())
        .optional()
        .describe('Left out where they are large: then read the row.'),
    }),
    personal: ['properties'],
    example: {
      event_row_id: 'eV3nT4rO5w',
      event_id: 'E-9',
      event_type: 'page_view',
      user_id: 'aB3dE5fG7h',
      customer_id: null,
      timestamp: '2026-11-02T10:00:00.000Z',
      properties: { path: '/pricing' },
    },
  }),
];

const purchaseEvents: StepEvents = (objectId, after, before) => {
  const { status } = after;
  if (status === before?.['status'] || (status !== 'paid' && status !== 'refunded')) return [];
  const payload = {
    purchase_id: objectId,
    order_id: textOf(after['order_id']),
    customer_id: idOf(after['customer']),
    total: after['total'],
    currency: after['currency'],
    status,
    channel: textOf(after['channel']),
    purchased_at: instantOf(after['purchased_at']),
  };
  return [{ type: status === 'paid' ? 'purchase' : 'purchase_refunded', payload }];
};

const WORTH = ['plan', 'amount', 'currency', 'interval', 'status'] as const;

const subscriptionEvents: StepEvents = (objectId, after, before) => {
  const payload = {
    subscription_row_id: objectId,
    subscription_id: textOf(after['subscription_id']),
    customer_id: idOf(after['customer']),
    plan: textOf(after['plan']),
    amount: after['amount'],
    currency: after['currency'],
    interval: textOf(after['interval']),
    status: textOf(after['status']),
    started_at: instantOf(after['started_at']),
    cancelled_at: instantOf(after['cancelled_at']),
  };
  const types: string[] = [];
  const [isOver, wasOver] = [hasEnd(after), before !== undefined && hasEnd(before)];
  if (!before || (wasOver && !isOver)) types.push('subscription_started');
  else if (!(isOver && !wasOver) && WORTH.some((field) => (after[field] ?? null) !== (before[field] ?? null)))
    types.push('subscription_changed');
  if (isOver && !wasOver) types.push('subscription_cancelled');
  return types.map((type) => ({ type, payload }));
};

const hasEnd = ({ status, cancelled_at: cancelledAt }: FactValues): boolean =>
  status === 'cancelled' || (cancelledAt ?? null) !== null;

/** Of the payload's names and ids; the rest is left for the properties. */
const ROOM = 2_000;

const eventEvents: StepEvents = (objectId, after, before) => {
  if (before) return [];
  const [userId, customerId] = [idOf(after['user']), idOf(after['customer'])];
  const { properties, timestamp } = after;
  const isFit = properties !== null && JSON.stringify(properties).length * 3 <= MAX_PAYLOAD_BYTES - ROOM;
  return [
    {
      type: `event.${typeName(String(after['event_type']))}`,
      ...(typeof timestamp === 'number' ? { occurredAt: new Date(timestamp) } : {}),
      payload: {
        event_row_id: objectId,
        event_id: textOf(after['event_id']),
        event_type: after['event_type'],
        user_id: userId,
        customer_id: customerId,
        timestamp: instantOf(timestamp),
        ...(isFit ? { properties } : {}),
      },
      ...(userId
        ? { person: { population: 'users' as const, id: userId } }
        : customerId
          ? { person: { population: 'customers' as const, id: customerId } }
          : {}),
    },
  ];
};

/** What clients call their events is anybody's text; the payload has it as it is. */
const typeName = (text: string): string => text.replace(/[^\p{L}\p{N} _.:/-]/gu, '_').slice(0, 200);

/** By class; imports that ask for effects come here, too. */
export const STEP_EVENTS: Readonly<Partial<Record<string, StepEvents>>> = {
  Purchase: purchaseEvents,
  Subscription: subscriptionEvents,
  Event: eventEvents,
};

export const factEvents: readonly EventSource[] = FACTS.filter(({ className }) => STEP_EVENTS[className]).map(
  (fact) => ({
    className: fact.className,
    onSave: ({ object, original }) =>
      STEP_EVENTS[fact.className]!(
        object.id!,
        valuesOf(fact, (name) => object.get(name) as unknown),
        original && valuesOf(fact, (name) => original.get(name) as unknown),
      ),
  }),
);

/** Of a pointer, whichever store read it. */
function idOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  const { id, objectId } = (value ?? {}) as { id?: string; objectId?: string };
  return id ?? objectId ?? null;
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const instantOf = (value: unknown): string | null => (typeof value === 'number' ? new Date(value).toISOString() : null);
