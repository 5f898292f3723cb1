import { Counter, Gauge, Histogram } from 'prom-client';
import { jobRegistry } from '../metrics';
import type { DueState, LeasedRow, Settlement } from './due.types';

const registers = [jobRegistry];

const settledRows = new Counter({
  name: 'due_rows_settled_total',
  help: 'Ends of leases of due rows, by outcome; lost: the lease had ended before.',
  labelNames: ['table', 'outcome'] as const,
  registers,
});
const lagSeconds = new Histogram({
  name: 'due_rows_lag_seconds',
  help: 'From the time a row was due to its start, seconds.',
  labelNames: ['table', 'class'] as const,
  buckets: [0.05, 0.2, 0.5, 1, 2, 5, 15, 60, 300, 1800, 7200],
  registers,
});
const rowsByState = new Gauge({
  name: 'due_rows',
  help: 'Due rows that are open or buried, by state, each minute; 100000 stands for that many or more.',
  labelNames: ['table', 'state'] as const,
  registers,
});

export function observeClaims(table: string, rows: readonly LeasedRow[], now: Date): void {
  for (const row of rows)
    lagSeconds.observe({ table, class: row.class }, Math.max(0, now.getTime() - row.dueAt.getTime()) / 1000);
}

export function observeSettled(table: string, settlements: readonly Settlement[], settled: number): void {
  for (const { outcome } of settlements) settledRows.inc({ table, outcome });
  if (settled < settlements.length) settledRows.inc({ table, outcome: 'lost' }, settlements.length - settled);
}

export function showCount(table: string, state: DueState, count: number): void {
  rowsByState.set({ table, state }, count);
}
