import type { Config } from '../config';
import { databaseRefusal } from '../database/database';
import type { JobDefinition, QueueDefinition } from '../job';
import { log } from '../log';
import type { QueuePort } from '../queue';
import { connectBackend, type QueueHandle, type QueueProcessor, type WorkerHandle } from './connections';
import { addOptions, fitPayload } from './job-options';
import { queueSettings, type QueueSettings } from './settings';

/** Numbers of one queue (contract A38). `waiting` includes jobs that wait with a priority: here, all. */
export interface QueueCounts {
  waiting: number;
  active: number;
  completed: number;
  failed: number;
  delayed: number;
  paused: number;
}

export interface OpenQueue {
  port: QueuePort;
  settings: QueueSettings;
  /** @throws when the backend is down. */
  counts(): Promise<Record<string, QueueCounts>>;
  /** Names of the queues that were opened. */
  names: readonly string[];
  queue(name: string): QueueHandle;
  /** Jobs of the queue at once over all processes. @throws when the backend is down */
  limit(name: string, jobs: number): Promise<void>;
  /** Starts consuming at once. The caller closes it. */
  makeWorker(name: string, process: QueueProcessor, concurrency: number): WorkerHandle;
  close(): Promise<void>;
}

let current: OpenQueue | undefined;

/** The process's open queue; undefined before boot and after shutdown. */
export function openedQueue(): OpenQueue | undefined {
  return current;
}

/**
 * Opens the declared queues on the configured backend, waiting up to a minute for it. `overrides` are
 * for tests: another prefix or schema, a shorter backoff. @throws when the backend stays away
 */
export async function openQueue(
  config: Pick<Config, 'database' | 'redis'>,
  declared: readonly Pick<QueueDefinition, 'name'>[],
  overrides: Partial<QueueSettings> = {},
): Promise<OpenQueue> {
  const settings = { ...queueSettings(config), ...overrides };
  const factory = await connectBackend(settings);
  const queues = new Map<string, QueueHandle>();
  for (const { name } of declared) {
    const queue = factory.makeQueue(name);
    queue.on('error', logOnceInAWhile(name));
    queues.set(name, queue);
  }
  await Promise.all([...queues.values()].map((queue) => queue.waitUntilReady()));

  const queueOf = (name: string): QueueHandle => {
    const queue = queues.get(name);
    if (!queue) throw new Error(`No queue is called "${name}".`);
    return queue;
  };
  const opened: OpenQueue = {
    settings,
    queue: queueOf,
    names: [...queues.keys()],
    port: {
      add: (definition, payload, options) =>
        add(queueOf(definition.queue), definition, payload, settings, options.delayMs),
      addMany: (definition, payloads, options) =>
        addMany(queueOf(definition.queue), definition, payloads, settings, options.delayMs),
    },
    counts: () => countAll(queues, settings),
    limit: async (name, jobs) => {
      await withDeadline(() => queueOf(name).setGlobalConcurrency(jobs), settings);
    },
    makeWorker: (name, process, concurrency) => {
      const worker = factory.makeWorker(name, process, concurrency);
      worker.on('error', logOnceInAWhile(name));
      return worker;
    },
    close: async () => {
      if (current === opened) current = undefined;
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
  current = opened;
  return opened;
}

async function add(
  queue: QueueHandle,
  definition: JobDefinition,
  payload: unknown,
  settings: QueueSettings,
  delayMs: number | undefined,
): Promise<void> {
  const data = fitPayload(payload);
  const options = addOptions(definition, data, settings, delayMs);
  await withDeadline(() => queue.add(definition.name, data, options), settings);
}

/** Jobs added by one call: a second's work of the slower backend at most. */
const CHUNK = 500;
const DEADLOCK_TRIES = 5;

/** Each chunk is one statement on PostgreSQL, one pipeline on Redis; a cut-off call is made again, keys drop the rest. */
async function addMany(
  queue: QueueHandle,
  definition: JobDefinition,
  payloads: readonly unknown[],
  settings: QueueSettings,
  delayMs: number | undefined,
): Promise<void> {
  // All are looked at before the first is added.
  const jobs = payloads.map((payload) => {
    const data = fitPayload(payload);
    return { name: definition.name, data, opts: addOptions(definition, data, settings, delayMs) };
  });
  for (let at = 0; at < jobs.length; at += CHUNK) {
    const chunk = jobs.slice(at, at + CHUNK);
    await withoutDeadlock(() => withDeadline(() => queue.addBulk(chunk), settings));
  }
}

/** On PostgreSQL two calls with the same keys in another order wait for each other; the one that was ended added none. */
async function withoutDeadlock(addChunk: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await addChunk();
      return;
    } catch (error) {
      if (tries === DEADLOCK_TRIES || (error as { code?: unknown }).code !== DEADLOCK) throw error;
    }
  }
}

const DEADLOCK = '40P01';

async function countAll(
  queues: ReadonlyMap<string, QueueHandle>,
  settings: QueueSettings,
): Promise<Record<string, QueueCounts>> {
  const counted = await withDeadline(
    () => Promise.all([...queues].map(async ([name, queue]) => [name, await countOne(queue)] as const)),
    settings,
  );
  return Object.fromEntries(counted);
}

async function countOne(queue: QueueHandle): Promise<QueueCounts> {
  // On PostgreSQL a paused queue's jobs are in no other count: ask for 'paused' by name.
  const counts = await queue.getJobCounts(
    'waiting',
    'prioritized',
    'active',
    'completed',
    'failed',
    'delayed',
    'paused',
  );
  const { waiting = 0, prioritized = 0, active = 0, completed = 0, failed = 0, delayed = 0, paused = 0 } = counts;
  return { waiting: waiting + prioritized, active, completed, failed, delayed, paused };
}

/** A frozen backend must not hold a request: the call may still succeed later, jobs run at least once anyway. */
async function withDeadline<T>(start: () => Promise<T>, { backend, callMs: ms }: QueueSettings): Promise<T> {
  const refused = backend.kind === 'postgres' ? databaseRefusal() : undefined;
  if (refused) throw refused;
  const call = start();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error('The queue did not answer.'), { code: 'ETIMEDOUT' })), ms);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
    call.catch(() => undefined);
  }
}

const LOG_PAUSE_MS = 30_000;

/** While a backend is away BullMQ reports it many times a second. */
function logOnceInAWhile(queue: string): (error: Error) => void {
  let lastAt = 0;
  return (error) => {
    if (Date.now() - lastAt < LOG_PAUSE_MS) return;
    lastAt = Date.now();
    log().warn({ err: error, queue }, 'The queue reported an error.');
  };
}
