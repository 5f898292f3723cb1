import { Counter, Gauge, Histogram } from 'prom-client';
import { jobRegistry } from '../../core/metrics';

const registers = [jobRegistry];

/** Outcomes: delivered, failed (will be tried again), exhausted, cancelled. No tenant and no endpoint is a label. */
export const deliveriesTotal = new Counter({
  name: 'webhook_deliveries_total',
  help: 'Tries of webhook deliveries and ends without one, by outcome.',
  labelNames: ['outcome'] as const,
  registers,
});
export const attemptSeconds = new Histogram({
  name: 'webhook_attempt_seconds',
  help: 'Time of one request to a receiver of webhooks, seconds.',
  buckets: [0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 20],
  registers,
});
export const inFlight = new Gauge({
  name: 'webhook_requests_in_flight',
  help: 'Requests to receivers of webhooks that wait for their answer.',
  registers,
});
