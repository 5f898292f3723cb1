import { AppError } from '../core/errors';
import { registeredJobs } from '../core/parse/registered-code';
import type { ParseCall } from './parse-call';

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'fatal'];
const LOG_ORDERS = ['asc', 'desc'];
const MAX_LOG_LINES = 1000;

/**
 * Routes of Parse for the master key that fail with 500 on a body of another shape than they expect.
 * @throws AppError VALIDATION_ERROR
 */
export function guardAdminCall({ method, route, fields }: ParseCall): void {
  if (route === '/scriptlog') guardLogQuery(fields);
  else if (/^\/cloud_code\/jobs(\/|$)/.test(route) && (method === 'POST' || method === 'PUT')) guardSchedule(fields);
  else if (route === '/jobs' && method === 'POST') requireText('jobName', fields.jobName);
}

function guardLogQuery({ from, until, size, n, level, order }: Record<string, unknown>): void {
  for (const [name, value] of Object.entries({ from, until })) {
    if (value !== undefined && !isDate(value)) refuse(`${name}: must be a date.`);
  }
  for (const [name, value] of Object.entries({ size, n })) {
    if (value !== undefined && !isCount(value)) refuse(`${name}: must be a whole number from 1 to ${MAX_LOG_LINES}.`);
  }
  if (level !== undefined && !LOG_LEVELS.includes(level as string)) refuse(`level: one of ${LOG_LEVELS.join(', ')}.`);
  if (order !== undefined && !LOG_ORDERS.includes(order as string)) refuse(`order: one of ${LOG_ORDERS.join(', ')}.`);
}

/** Parse itself would answer an unknown job with 500. */
function guardSchedule({ job_schedule: schedule }: Record<string, unknown>): void {
  if (typeof schedule !== 'object' || schedule === null || Array.isArray(schedule)) {
    refuse('job_schedule: must be an object.');
  }
  const { jobName } = schedule as { jobName?: unknown };
  if (jobName === undefined) return;
  requireText('job_schedule.jobName', jobName);
  if (!registeredJobs().includes(jobName as string)) refuse('job_schedule.jobName: no job has this name.');
}

function requireText(name: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') refuse(`${name}: must be a text.`);
}

/** As in a query, where everything is a text; the SDK sends a query's fields as JSON too. */
function isDate(value: unknown): boolean {
  return (typeof value === 'string' || typeof value === 'number') && !Number.isNaN(new Date(value).getTime());
}

function isCount(value: unknown): boolean {
  if (typeof value !== 'string' && typeof value !== 'number') return false;
  return /^\d{1,4}$/.test(String(value)) && Number(value) >= 1 && Number(value) <= MAX_LOG_LINES;
}

function refuse(message: string): never {
  throw new AppError('VALIDATION_ERROR', message);
}
