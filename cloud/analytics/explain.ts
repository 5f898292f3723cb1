import { INTERVALS_PER_YEAR } from '../facts/subscription.worth';

export interface Explanation {
  formula: string;
  includes: string;
  excludes?: string;
  source_counts: Record<string, number>;
  /** Why the figure is null. */
  reason?: string;
}

type Text = Omit<Explanation, 'source_counts' | 'reason'>;

const PEOPLE: Record<string, Text> = {
  total_users: {
    formula: 'people whose start is on or before end_date',
    includes: 'users: creation; customers: the earliest of a given created_at, first paid purchase, first subscription',
    excludes: 'erased people; anonymous purchases',
  },
  active_users: {
    formula: 'distinct people active on at least one day from start_date to end_date',
    includes: 'users: a login, an authenticated request or an event; customers: a paid purchase with amount >= 0',
    excludes: 'customers: days with negative amounts only; pending, refunded and cancelled purchases',
  },
  new_users: { formula: 'people whose start is from start_date to end_date', includes: 'as total_users' },
  new_users_monthly: {
    formula: 'people whose start is in the 30 days that end on end_date',
    includes: 'as total_users',
  },
  churned_users: {
    formula: 'people active in [start_date - n, start_date - 1] and not in the window of n days',
    includes: 'as active_users',
  },
  churn_rate: {
    formula: 'churned_users / total_users * 100, in percent of all people',
    includes: 'as churned_users and total_users',
  },
};

const MONEY: Record<string, Text> = {
  total_revenue: {
    formula: 'sum of the amounts of paid purchases from start_date to end_date',
    includes: 'negative and zero amounts; anonymous purchases',
    excludes: 'pending, refunded and cancelled purchases; other currencies',
  },
  mrr: {
    formula:
      'sum of amount * intervals a year / 12 as of the end of end_date, rounded half-up once; intervals a year: ' +
      Object.entries(INTERVALS_PER_YEAR)
        .map(([interval, count]) => `${interval} ${count}`)
        .join(', '),
    includes: 'subscriptions started, with the trial over, each as it was worth on that day',
    excludes: 'subscriptions cancelled on or before end_date, trials, other currencies',
  },
  arr: { formula: '12 * the unrounded mrr', includes: 'as mrr' },
  growth_rate: {
    formula: '(total_revenue - previous) / |previous| * 100, one decimal',
    includes: 'previous: the equal window before, or the previous calendar period where no start_date is given',
  },
  ltv: {
    formula: 'mrr / paying customers / mean monthly customer churn of the six whole months before that of end_date',
    includes: 'customer churn: customers who pay no more at the end of a month / those who paid at its start',
    excludes: 'trials, free plans, other currencies',
  },
  cac: {
    formula: 'costs of kind acquisition in the window / new customers in the window',
    includes: 'population customers, whichever population is asked for',
    excludes: 'costs of other kinds, other currencies',
  },
};

const PERFORMANCE: Record<string, Text> = {
  api_calls: {
    formula: 'authenticated calls of the API on the days of the window',
    includes: '/api and /parse, each request of a batch',
  },
  data_processed: { formula: 'bytes read by jobs completed in the window', includes: 'powers of 1000' },
  jobs_completed: { formula: 'jobs completed in the window', includes: 'status completed' },
  average_job_time: {
    formula: 'mean of completed_at - started_at, seconds',
    includes: 'jobs completed in the window',
  },
};

export const RETENTION_TEXT: Text = {
  formula: 'active[k] = people of the cohort active in the k-th period after that of their start',
  includes: 'cohorts whose first day is from start_date to end_date; activity up to end_date',
  excludes: 'later cells are null',
};

const TEXTS: Record<string, Text> = { ...PEOPLE, ...MONEY, ...PERFORMANCE };

/** The explanation of each of the figures that has one. */
export function explainFigures(
  figures: readonly string[],
  counts: Record<string, Record<string, number>>,
  reasons: Record<string, string> = {},
): Record<string, Explanation> {
  return Object.fromEntries(
    figures.flatMap((figure): [string, Explanation][] => {
      const text = TEXTS[figure];
      if (!text) return [];
      const reason = reasons[figure];
      return [[figure, { ...text, source_counts: counts[figure] ?? {}, ...(reason ? { reason } : {}) }]];
    }),
  );
}
