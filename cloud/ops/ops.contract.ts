import { z } from 'zod';
import { defineContract } from '../../core/operation/contract';
import { listInput, pageOutput } from '../../core/operation/paging';

const percent = z.number().min(0).max(100);
const count = z.int().min(0);
const dependency = z.enum(['connected', 'disconnected']);
/** Without Redis every process has a cache of its own. */
const cache = z.enum(['connected', 'disconnected', 'memory (this process)']);
const since = z.iso.datetime().describe('When the answering process started.');
const phase = z.enum(['starting', 'ready', 'draining', 'unavailable']);
/** Probes and scrapers may send what they like, an address with a cache-buster for instance. */
const anything = z.object({});
const nothing = z.strictObject({});

export const getHealth = defineContract({
  name: 'getHealth',
  summary: 'State of the service and of what it depends on',
  description:
    'Answers 503 with the same body when a dependency is down. `uptime` in seconds, of the answering process. Without Redis `cache` is its memory. Credentials are ignored.',
  tag: 'Health',
  rest: { method: 'GET', path: '//health', status: 200 },
  cloud: true,
  access: { kind: 'public' },
  limit: 'none',
  input: anything,
  output: z.object({
    status: z.enum(['healthy', 'unhealthy']),
    service: z.string(),
    uptime: z.number().min(0),
    since,
    timestamp: z.iso.datetime(),
    dependencies: z.object({ database: dependency, cache }),
  }),
  otherAnswers: { 503: { when: 'A dependency is down.' } },
  idempotency: 'none',
});

export const getLiveness = defineContract({
  name: 'getLiveness',
  summary: 'The process lives',
  tag: 'Health',
  rest: { method: 'GET', path: '//health/live', status: 200 },
  cloud: false,
  access: { kind: 'public' },
  limit: 'none',
  input: anything,
  output: z.object({ status: z.literal('alive'), uptime: z.number().min(0), since }),
  idempotency: 'none',
});

export const getReadiness = defineContract({
  name: 'getReadiness',
  summary: 'The process wants traffic',
  description: 'Answers 503 while the process starts or drains, and while its database is down.',
  tag: 'Health',
  rest: { method: 'GET', path: '//health/ready', status: 200 },
  cloud: false,
  access: { kind: 'public' },
  limit: 'none',
  input: anything,
  output: z.object({ status: phase }),
  otherAnswers: { 503: { when: 'The process starts or drains, or its database is down.' } },
  idempotency: 'none',
});

export const getMetrics = defineContract({
  name: 'getMetrics',
  summary: 'Response times, throughput, errors and uptime',
  description:
    'Times in milliseconds, rates in percent. Times, throughput and errors are those of the answering process in the ' +
    'last five minutes; an error is an answer with status 500 and above; `peak_load` is the most requests in one ' +
    'second, `concurrent_users` the distinct signed-in users. Uptime is the share of minutes with a heartbeat in the ' +
    'last day, 30 days and 365 days, counted from `since` on. With `Accept: text/plain` the Prometheus ' +
    'text of GET /metrics.',
  tag: 'Operations',
  rest: { method: 'GET', path: '/metrics', status: 200 },
  cloud: true,
  access: { kind: 'operator', scraper: true },
  limit: 'signed-in',
  input: nothing,
  output: z.object({
    response_time: z.object({ average: z.number(), p95: z.number(), p99: z.number() }),
    throughput: z.object({ requests_per_second: z.number(), concurrent_users: count, peak_load: count }),
    error_rate: z.object({ overall: percent, by_endpoint: z.record(z.string(), percent) }),
    uptime: z.object({
      current: percent,
      monthly: percent,
      yearly: percent,
      since: z.iso.datetime().nullable().describe('The first heartbeat ever.'),
    }),
  }),
  idempotency: 'none',
});

export const getPrometheusMetrics = defineContract({
  name: 'getPrometheusMetrics',
  summary: 'All metrics as Prometheus text',
  description: 'For a scraper: `Authorization: Bearer` with METRICS_TOKEN, where one is set.',
  tag: 'Operations',
  rest: { method: 'GET', path: '//metrics', status: 200 },
  cloud: false,
  access: { kind: 'operator', scraper: true },
  limit: 'signed-in',
  input: anything,
  output: z.string(),
  idempotency: 'none',
});

export const getQueueStatus = defineContract({
  name: 'getQueueStatus',
  summary: 'Jobs in every queue, dead letters and concurrency',
  description: '`overflow`: more than 1,000 jobs wait. At most one second old. Answers 503 when the queue is down.',
  tag: 'Operations',
  rest: { method: 'GET', path: '/queue/status', status: 200 },
  cloud: true,
  access: { kind: 'operator' },
  limit: 'signed-in',
  input: nothing,
  output: z.object({
    status: z.enum(['healthy', 'overflow']),
    queues: z.record(
      z.string(),
      z.object({ waiting: count, active: count, completed: count, failed: count, delayed: count, paused: count }),
    ),
    dead_letter: count,
    concurrency: z.object({ active: count, max: count }),
  }),
  errors: ['SERVICE_UNAVAILABLE'],
  idempotency: 'none',
});

const deadLetter = z.object({
  id: z.string(),
  message_id: z.string(),
  queue: z.string(),
  type: z.string().describe('Name of the job; `due.<table>` for a due row.'),
  table: z.string().nullable().describe('Of a due row; null for a job, as `key` and `tenant` are.'),
  key: z.string().nullable(),
  tenant: z.string().nullable(),
  payload: z.string(),
  attempts: count,
  last_error: z.string(),
  failed_at: z.iso.datetime(),
  replayed_at: z.iso.datetime().nullable(),
});

export const listDeadLetters = defineContract({
  name: 'listDeadLetters',
  summary: 'Jobs and due rows whose last try failed',
  description:
    'The last one first. `payload` is JSON text. Due rows are the single pieces of work of a table: an event for a ' +
    'consumer (`event_<consumer>`), a webhook. One that is put back is no longer in the list; a job stays, with ' +
    '`replayed_at`.',
  tag: 'Operations',
  rest: { method: 'GET', path: '/queue/dead-letter', status: 200 },
  cloud: true,
  access: { kind: 'roles', roles: ['super_admin', 'admin'] },
  input: listInput(
    {
      queue: z.string().max(64).optional().describe('Name of a queue, as in the status of the queues.'),
      table: z.string().max(64).optional().describe('Due rows of this table only, such as `webhook`.'),
    },
    { byDefault: 20, atMost: 100 },
  ),
  output: z.object({ dead_letters: z.array(deadLetter), ...pageOutput }),
  idempotency: 'none',
});

export const replayDeadLetter = defineContract({
  name: 'replayDeadLetter',
  summary: 'Puts a dead letter back into its queue',
  description:
    'With all its tries again. A second replay adds nothing while the first waits or runs. A due row that was done ' +
    'meanwhile answers 409.',
  tag: 'Operations',
  rest: { method: 'POST', path: '/queue/dead-letter/{id}/replay', status: 202 },
  cloud: true,
  access: { kind: 'roles', roles: ['super_admin', 'admin'] },
  input: z.strictObject({ id: z.string().max(400) }),
  output: z.object({ id: z.string(), status: z.literal('queued') }),
  errors: ['NOT_FOUND', 'CONFLICT', 'SERVICE_UNAVAILABLE'],
  idempotency: 'key',
});

export const replayDeadLetters = defineContract({
  name: 'replayDeadLetters',
  summary: 'Puts all dead letters of a table of due rows back',
  description:
    'With all their tries again, the longest dead first, at most 100,000 at once: `remaining` says how many are left. ' +
    'With `dry_run` nothing is changed, and `count` says how many would be put back.',
  tag: 'Operations',
  rest: { method: 'POST', path: '/queue/dead-letter/replay', status: 200 },
  cloud: true,
  access: { kind: 'roles', roles: ['super_admin', 'admin'] },
  input: z.strictObject({ table: z.string().min(1).max(64), dry_run: z.boolean().default(false) }),
  output: z.object({ table: z.string(), dry_run: z.boolean(), count, remaining: count }),
  idempotency: 'none',
});
