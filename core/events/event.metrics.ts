import { Counter, Gauge, Histogram } from 'prom-client';
import { jobRegistry } from '../metrics';

const registers = [jobRegistry];

const recorded = new Counter({
  name: 'events_recorded_total',
  help: 'Changed rows whose events were recorded, by class; direct: events of no row.',
  labelNames: ['class'] as const,
  registers,
});
const dispatched = new Counter({
  name: 'events_dispatched_total',
  help: 'Events that were handed to a consumer, by consumer.',
  labelNames: ['consumer'] as const,
  registers,
});
const consumed = new Counter({
  name: 'events_consumed_total',
  help: 'Calls of consumers by outcome: done, failed, waited (for an earlier event of the subject), gone.',
  labelNames: ['consumer', 'outcome'] as const,
  registers,
});
const lag = new Histogram({
  name: 'events_lag_seconds',
  help: 'From the moment when an event occurred to the end of its effect, seconds, by consumer.',
  labelNames: ['consumer'] as const,
  buckets: [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15, 60, 300, 3600],
  registers,
});
const waiting = new Gauge({
  name: 'events_undispatched',
  help: 'Recorded events that no consumer was told of yet, each minute.',
  registers,
});

export function observeRecorded(source: string, count: number): void {
  if (count) recorded.inc({ class: source }, count);
}

export function observeDispatched(consumer: string, count: number): void {
  if (count) dispatched.inc({ consumer }, count);
}

export function observeConsumed(
  consumer: string,
  outcome: 'done' | 'failed' | 'waited' | 'gone',
  seconds?: number,
): void {
  consumed.inc({ consumer, outcome });
  if (seconds !== undefined) lag.observe({ consumer }, Math.max(0, seconds));
}

export function showUndispatched(count: number): void {
  waiting.set(count);
}
