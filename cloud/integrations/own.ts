import Parse from 'parse/node';
import { config } from '../../core/config';
import { databaseRefusal } from '../../core/database/database';
import { openedQueue } from '../../core/queue/bullmq';
import { askCache, askDatabase } from '../ops/dependencies.service';
import { deliveryHealth } from '../webhooks/delivery-health.service';
import { noAnswer, type CheckedService, type Finding } from './check';

/** Contract 5: more waiting jobs than this are an overflow. */
const OVERFLOW = 1000;
/** Of the deliveries of the last hour; fewer are receivers' own affair. */
const FAILING_SHARE = 0.1;
const LATE_MS = 60_000;

const always: Omit<CheckedService, 'check'> = { isConfigured: () => true, circuit: () => 'closed' };

export const ownDatabase: CheckedService = {
  ...always,
  // While it is silent, what asks it is refused at once.
  circuit: () => (databaseRefusal() ? 'open' : 'closed'),
  check: () => answers(askDatabase(), 'The database does not answer.'),
};

export const ownRedis: CheckedService = {
  ...always,
  isConfigured: () => config().redis !== undefined,
  check: () => answers(askCache(), 'Redis does not answer.'),
};

export const ownQueue: CheckedService = {
  ...always,
  check: async () => {
    const queue = openedQueue();
    if (!queue) throw noAnswer('The queue is not open.');
    const counts = await queue.counts().catch((error: unknown) => {
      throw noAnswer('The queue does not answer.', error);
    });
    const full = Object.entries(counts).filter(([, { waiting }]) => waiting > OVERFLOW);
    return full.length
      ? { complaint: `More than ${OVERFLOW} jobs wait in: ${full.map(([name]) => name).join(', ')}.` }
      : {};
  },
};

/** A row is read through Parse Server itself. */
export const checkOwnParse = (): Promise<Finding> =>
  answers(
    new Parse.Query('Tenant').select('objectId').first({ useMasterKey: true }),
    'This server’s Parse does not answer.',
  );

export const ownWebhooks: CheckedService = {
  ...always,
  check: async () => {
    const health = await deliveryHealth(new Date()).catch((error: unknown) => {
      throw noAnswer('The deliveries cannot be read.', error);
    });
    if (!health.hasEndpoints) return { isUnused: true };
    const { tried, failing, lateMs, medianMs } = health;
    if (tried > 0 && failing === tried) throw noAnswer(`All ${tried} recent deliveries failed.`);
    const latency = medianMs === undefined ? {} : { latencyMs: medianMs };
    if (lateMs > LATE_MS) return { ...latency, complaint: `Deliveries start ${Math.round(lateMs / 1000)} s late.` };
    if (failing > tried * FAILING_SHARE)
      return { ...latency, complaint: `${failing} of ${tried} recent deliveries failed.` };
    return latency;
  },
};

async function answers(asked: Promise<unknown>, otherwise: string): Promise<Finding> {
  try {
    await asked;
    return {};
  } catch (error) {
    throw noAnswer(otherwise, error);
  }
}
