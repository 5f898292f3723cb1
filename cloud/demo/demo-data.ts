import { addDays } from '../../values/zone';
import { seededRandom, type Random } from './random';

/** CSV texts of the demo tenant, by the data type that imports them. */
export type DemoData = Readonly<Record<'purchases' | 'subscriptions' | 'costs', string>>;

const SEED = 20_260_101;
const DAYS = 548;
const CUSTOMERS = 3000;
/** Mean days between two purchases of one customer, and how likely each purchase is the last. */
const MEAN_GAP_DAYS = 38;
const LAST_PURCHASE = 0.2;
const MONTHLY_CHURN = 0.045;
const TRIAL_DAYS = 14;

const PRODUCTS = Array.from({ length: 40 }, (_, index) => ({
  id: `P-${String(index + 1).padStart(3, '0')}`,
  price: 9 + ((index * 37) % 190),
}));
const PLANS = {
  basic: { amount: 19, interval: 'month' },
  pro: { amount: 49, interval: 'month' },
  team: { amount: 199, interval: 'month' },
  'pro-yearly': { amount: 490, interval: 'year' },
} as const;

/**
 * Some 3,000 customers and 12,000 purchases of the 18 months that end on `anchor`, with
 * subscriptions and costs. The same day gives the same bytes.
 * @param anchor a day, `2026-11-21`
 */
export function demoData(anchor: string): DemoData {
  const random = seededRandom(SEED);
  const purchases = ['purchased_at,order_id,customer_id,product_id,quantity,unit_price,currency,status,channel'];
  const subscriptions = [
    'subscription_id,customer_id,plan,amount,currency,interval,started_at,trial_ends_at,cancelled_at',
  ];
  for (let number = 1; number <= CUSTOMERS; number += 1) {
    const customer = `C-${String(number).padStart(4, '0')}`;
    // The root makes the days near the end likelier: the business grows.
    const startDay = Math.floor(DAYS * Math.sqrt(random.next()));
    addPurchases(purchases, { random, anchor, customer, startDay });
    if (random.chance(0.3)) addSubscription(subscriptions, { random, anchor, customer, startDay });
  }
  return { purchases: toText(purchases), subscriptions: toText(subscriptions), costs: costs(random, anchor) };
}

interface Life {
  random: Random;
  anchor: string;
  customer: string;
  /** Days after the first of the 18 months. */
  startDay: number;
}

function addPurchases(lines: string[], { random, anchor, customer, startDay }: Life): void {
  const currency = random.chance(0.1) ? 'EUR' : 'USD';
  for (let day = startDay, order = 1; day < DAYS; day += random.wait(MEAN_GAP_DAYS), order += 1) {
    const time = instant(random, anchor, day);
    const status = random.weighted({ paid: 94, refunded: 3, pending: 2, cancelled: 1 });
    const channel = random.weighted({ web: 55, app: 30, store: 12, partner: 3 });
    // Somebody who pays at a till does not always say who he is.
    const buyer = channel === 'store' && random.chance(0.3) ? '' : customer;
    for (let item = random.chance(0.25) ? 2 : 1; item > 0; item -= 1) {
      const { id, price } = random.pick(PRODUCTS);
      const quantity = random.chance(0.8) ? 1 : random.int(2, 4);
      const unitPrice = (price + 0.99).toFixed(2);
      lines.push([time, `${customer}-${order}`, buyer, id, quantity, unitPrice, currency, status, channel].join());
    }
    if (random.chance(LAST_PURCHASE)) return;
  }
}

function addSubscription(lines: string[], { random, anchor, customer, startDay }: Life): void {
  const plan = random.weighted({ basic: 50, pro: 35, team: 5, 'pro-yearly': 10 });
  const { amount, interval } = PLANS[plan];
  const first = Math.min(DAYS - 1, startDay + random.int(0, 20));
  const trialEnd = random.chance(0.3) ? first + TRIAL_DAYS : undefined;
  let cancelled: number | undefined;
  for (let day = first + 30; day < DAYS && cancelled === undefined; day += 30) {
    if (random.chance(MONTHLY_CHURN)) cancelled = Math.min(DAYS - 1, day + random.int(0, 20));
  }
  const optional = (day: number | undefined): string => (day === undefined ? '' : instant(random, anchor, day));
  const started = instant(random, anchor, first);
  const dates = [started, optional(trialEnd), optional(cancelled)];
  lines.push([`S-${customer}`, customer, plan, amount, 'USD', interval, ...dates].join());
}

function costs(random: Random, anchor: string): string {
  const lines = ['date,amount,currency,kind'];
  for (let day = 0; day < DAYS; day += 1) {
    const date = dateOf(anchor, day);
    lines.push([date, (150 + day / 4 + random.int(0, 80)).toFixed(2), 'USD', 'acquisition'].join());
    if (date.endsWith('-01')) lines.push([date, '5200.00', 'USD', 'other'].join());
  }
  return toText(lines);
}

/** On the last day in its first hour: whoever starts the server then finds nothing in his future. */
function instant(random: Random, anchor: string, day: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const hour = random.int(0, 23);
  return `${dateOf(anchor, day)}T${two(day >= DAYS - 1 ? 0 : hour)}:${two(random.int(0, 59))}:${two(random.int(0, 59))}Z`;
}

const dateOf = (anchor: string, day: number): string => addDays(anchor, day - DAYS + 1);
const toText = (lines: readonly string[]): string => `${lines.join('\n')}\n`;
