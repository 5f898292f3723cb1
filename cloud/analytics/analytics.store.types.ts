/** What the figures need of a tenant. */
export interface TenantSettings {
  id: string;
  /** IANA zone in which the tenant's days are counted. */
  timeZone: string;
  /** ISO 4217. */
  currency: string;
}

export type Population = 'users' | 'customers';

export type Cohort = 'day' | 'week' | 'month';

/** Days `YYYY-MM-DD`, both inclusive. */
export interface DayRange {
  from: string;
  to: string;
}

/**
 * `due`: marks not yet folded, and kept ones older than the longest request; gives way when
 * another process folds this tenant. `all`: every mark, waiting for another folder to end.
 */
export type FoldMode = 'due' | 'all';

export interface FoldLimits {
  mode: FoldMode;
  /** Milliseconds after which no further slice of days is begun. */
  budgetMs: number;
}

/** Days whose facts change. */
export interface DayMarks {
  days: readonly string[];
  /** The facts commit with the marks or before them: one fold is enough. */
  isSettled: boolean;
  /** The zone in which the days were counted; left out where the day itself is the fact. */
  timeZone?: string;
}

export interface MarkedDay {
  day: string;
  /** Not folded yet, or kept for one more fold whose time has come. */
  isDue: boolean;
}

export interface FoldResult {
  /** Days recomputed. */
  days: number;
  /** Derived rows that were not what the facts say. */
  changed: number;
}

export interface CurrencyMoney {
  currency: string;
  minor: bigint;
  entries: number;
}

export interface DayMoney {
  day: string;
  minor: bigint;
}

export interface KeyMoney {
  /** null: without a channel, product or plan. */
  key: string | null;
  minor: bigint;
}

export interface Recurring {
  currency: string;
  /** Minor units a year, exact. */
  annualMinor: bigint;
  subscriptions: number;
  /** Customers who pay more than nothing; an anonymous subscription is its own customer. */
  payers: number;
}

export interface PayerCount {
  payers: number;
  /** Of these, who pay no more at the next of the asked days. */
  lost: number;
}

export interface PeopleCounts {
  total: number;
  active: number;
  churned: number;
  started: number;
  startedMonthly: number;
}

export interface PeopleQuery {
  population: Population;
  window: DayRange;
  /** First day of the equal window before. */
  previousFrom: string;
  /** First of the 30 days that end with the window. */
  monthFrom: string;
}

export interface RetentionRow {
  /** First day of the cohort's period. */
  cohort: string;
  /** First day of the period of activity; null in the row that carries the cohort's size. */
  period: string | null;
  people: number;
}

export interface Performance {
  apiCalls: number;
  inputBytes: number;
  jobs: number;
  /** Sum over the jobs, milliseconds. */
  jobMs: number;
}

export interface Erased {
  id: string;
  /** Rows that were made anonymous, by data type. */
  counts: Readonly<Record<string, number>>;
}

/**
 * Marks, derived figures and their reading, in both dialects. Not its job: access, currencies'
 * decimals, rounding and default windows; those are the services'.
 */
export interface AnalyticsStore {
  /** @param idOrSlug an id wins over an equal slug of another tenant */
  readTenant(idOrSlug: string): Promise<TenantSettings | undefined>;
  tenantIds(): Promise<string[]>;

  mark(tenantId: string, marks: DayMarks): Promise<void>;
  tenantsWithMarks(): Promise<string[]>;
  /** All days with a mark. */
  markedDays(tenantId: string): Promise<MarkedDay[]>;

  fold(tenant: TenantSettings, limits: FoldLimits): Promise<FoldResult>;
  /** Recomputes days that need no mark. */
  foldDays(tenant: TenantSettings, days: readonly string[]): Promise<FoldResult>;
  /** Throws the tenant's derived rows away and derives them again. */
  rebuild(tenant: TenantSettings): Promise<FoldResult>;
  /** Some days that have derived rows, chosen at random. */
  sampleDays(tenantId: string, count: number): Promise<string[]>;

  /** Tenants of which a request or an import was counted: the last used, to the day, and most used first. */
  recentlyUsed(limit: number): Promise<string[]>;
  recordSeen(tenantId: string, userId: string, day: string): Promise<void>;
  /** Of these users, those who were seen on that day or later, in any tenant. */
  seenSince(userIds: readonly string[], day: string): Promise<string[]>;
  /** Keeps the start of a person whose row is about to be deleted. */
  keepDeparted(tenantId: string, population: Population, person: string, startAt: Date): Promise<void>;
  /** Tenants whose facts name the user. */
  tenantsOfUser(userId: string): Promise<string[]>;
  eraseUserFigures(tenant: TenantSettings, userId: string): Promise<void>;
  isErased(customerId: string): Promise<boolean>;
  /** Customers whose erasure began since then, of one tenant or of all. */
  erasedSince(since: Date, tenantId?: string): Promise<{ tenantId: string; customerId: string }[]>;
  eraseCustomer(tenant: TenantSettings, idOrExternalId: string, now: Date): Promise<Erased | undefined>;
  addUsage(tenantId: string, day: string, name: string, value: number): Promise<void>;

  /** All currencies the tenant has, each with its sum inside the window. */
  moneyByCurrency(
    tenantId: string,
    dimension: 'total' | 'cost',
    window: DayRange,
    key?: string,
  ): Promise<CurrencyMoney[]>;
  moneyByDay(tenantId: string, currency: string, window: DayRange): Promise<DayMoney[]>;
  moneyByKey(
    tenantId: string,
    currency: string,
    dimension: 'channel' | 'product',
    window: DayRange,
  ): Promise<KeyMoney[]>;
  moneyByPlan(tenant: TenantSettings, currency: string, window: DayRange): Promise<KeyMoney[]>;
  /** What recurs as of the end of a day, by currency. */
  recurring(tenantId: string, day: string): Promise<Recurring[]>;
  /** One count for each of the days but the last. @param days ascending */
  payers(tenantId: string, currency: string, days: readonly string[]): Promise<PayerCount[]>;
  people(tenantId: string, query: PeopleQuery): Promise<PeopleCounts>;
  retention(tenantId: string, population: Population, cohort: Cohort, window: DayRange): Promise<RetentionRow[]>;
  performance(tenant: TenantSettings, window: DayRange): Promise<Performance>;
}
