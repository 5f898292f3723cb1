import type { z } from 'zod';
import type { Ctx } from '../../core/context';
import type { getRetentionContract } from './analytics.contract';
import { analyticsStore } from './analytics.store';
import { periodKey, periodStarts } from './calendar';
import { RETENTION_TEXT } from './explain';
import { readableTenant } from './folding.service';
import { assertFewCohorts } from './group-bounds';
import { windowOf } from './window';

type Input = z.output<typeof getRetentionContract.input>;
type Output = z.input<typeof getRetentionContract.output>;

/** @throws AppError NOT_FOUND, VALIDATION_ERROR also for more than 400 periods */
export async function readRetention(ctx: Ctx, input: Input): Promise<Output> {
  const tenant = await readableTenant(ctx, input.tenant);
  const window = windowOf(input, ctx.clock.now(), tenant.timeZone);
  // A period that began before the range is not whole, and so is no cohort.
  const periods = periodStarts(window, input.cohort).filter((start) => start >= window.from);
  assertFewCohorts(input.cohort, periods.length);
  const first = periods[0];
  const rows = first
    ? await analyticsStore().retention(tenant.id, input.population, input.cohort, { from: first, to: window.to })
    : [];
  const people = new Map(rows.map((row) => [`${row.cohort}:${row.period ?? ''}`, row.people]));
  const cohorts = periods.map((cohort, index) => ({
    period: periodKey(cohort, input.cohort),
    size: people.get(`${cohort}:`) ?? 0,
    active: periods.map((_, offset) => {
      const period = periods[index + offset];
      return period === undefined ? null : (people.get(`${cohort}:${period}`) ?? 0);
    }),
  }));
  if (!input.explain) return { cohorts };
  const size = cohorts.reduce((sum, cohort) => sum + cohort.size, 0);
  return { cohorts, explain: { cohorts: { ...RETENTION_TEXT, source_counts: { people: size } } } };
}
