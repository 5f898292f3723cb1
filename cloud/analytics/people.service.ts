import type { z } from 'zod';
import type { Ctx } from '../../core/context';
import { addDays } from '../../values/zone';
import { USER_METRICS, type getUserAnalyticsContract } from './analytics.contract';
import { analyticsStore } from './analytics.store';
import type { DayRange, PeopleCounts, Population } from './analytics.store.types';
import { explainFigures } from './explain';
import { readableTenant } from './folding.service';
import { previousWindow, windowOf } from './window';

type Input = z.output<typeof getUserAnalyticsContract.input>;
type Output = z.input<typeof getUserAnalyticsContract.output>;

/** A12. @throws AppError NOT_FOUND, VALIDATION_ERROR */
export async function readPeople(ctx: Ctx, input: Input): Promise<Output> {
  const tenant = await readableTenant(ctx, input.tenant);
  const window = windowOf(input, ctx.clock.now(), tenant.timeZone);
  const counts = await countPeople(tenant.id, input.population, window);
  const figures = {
    total_users: counts.total,
    active_users: counts.active,
    new_users: counts.started,
    churned_users: counts.churned,
  };
  const asked = input.metrics ?? USER_METRICS;
  const picked: Output = Object.fromEntries(asked.map((name) => [name, figures[name]]));
  return input.explain ? { ...picked, explain: explainFigures(asked, peopleSources(counts)) } : picked;
}

export function countPeople(tenantId: string, population: Population, window: DayRange): Promise<PeopleCounts> {
  return analyticsStore().people(tenantId, {
    population,
    window,
    previousFrom: previousWindow(window).from,
    monthFrom: addDays(window.to, -29),
  });
}

/** Where the counts of people come from, for `explain`. */
export function peopleSources(counts: PeopleCounts): Record<string, Record<string, number>> {
  const { total, active, churned, started, startedMonthly } = counts;
  return {
    total_users: { people_with_a_start: total },
    active_users: { people_active: active },
    new_users: { people_started: started },
    new_users_monthly: { people_started: startedMonthly },
    churned_users: { active_in_either_window: active + churned, active_inside: active },
    churn_rate: { churned, total },
  };
}
