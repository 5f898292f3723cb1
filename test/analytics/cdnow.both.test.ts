import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readPeople } from '../../cloud/analytics/people.service';
import { readRetention } from '../../cloud/analytics/retention.service';
import { readRevenue } from '../../cloud/analytics/revenue.service';
import type { AnalyticsStore } from '../../cloud/analytics/analytics.store.types';
import { majorToMinor } from '../../values/money';
import { newObjectId } from '../../core/ids';
import { foldNow, rebuildTenant } from '../../cloud/analytics/folding.service';
import { markDays } from '../../cloud/analytics/marking.service';
import { derivedRows, insertFacts, insertTenant, testContext } from './support/facts';
import { COHORTS, MONTHS_2021, WINDOWS } from '../factories/cdnow';
import { removeLargeRows } from '../factories/large-data';
import { openStore } from './support/store';

const FILE = path.resolve(process.env['DATASETS_DIR'] ?? '../shared/data', 'cdnow.csv');
const describeWithData = existsSync(FILE) ? describe : describe.skip;

/** Needs cdnow.csv in DATASETS_DIR; skipped, visibly, where it is not. */
describeWithData('the CDNOW purchase log', () => {
  let store: AnalyticsStore;
  let close: () => Promise<void>;
  let tenantId: string;

  beforeAll(async () => {
    ({ store, close } = await openStore());
    tenantId = await insertTenant();
    const days = await loadPurchases(tenantId);
    await markDays(tenantId, days, { isSettled: true });
    const startedAt = performance.now();
    await foldNow(tenantId);
    if (process.env['SHOW_TIMES']) console.info(`fold of CDNOW: ${Math.round(performance.now() - startedAt)} ms`);
  }, 180_000);
  afterAll(async () => {
    await close?.();
    await removeLargeRows(tenantId);
  });

  it.each(WINDOWS)('gives the published counts from %s to %s', async (start, end, total, active, started, churned) => {
    const input = { start_date: start, end_date: end, population: 'customers' as const };
    await expect(readPeople(testContext(tenantId), input)).resolves.toEqual({
      total_users: total,
      active_users: active,
      new_users: started,
      churned_users: churned,
    });
  });

  it.each(WINDOWS)('gives the published revenue from %s to %s', async (start, end, _t, _a, _n, _c, revenue) => {
    const input = { start_date: start, end_date: end, period: 'month' as const };
    const answer = await readRevenue(testContext(tenantId), input);
    expect(answer).toMatchObject({ total_revenue: revenue, currency: 'USD', mrr: 0, arr: 0 });
  });

  it('gives the published months and the total', async () => {
    const input = {
      start_date: '2021-01-01',
      end_date: '2022-06-30',
      period: 'month' as const,
      group_by: 'month' as const,
    };
    const { groups, total_revenue } = await readRevenue(testContext(tenantId), input);
    expect(groups?.slice(0, 12).map((group) => group.total_revenue)).toEqual(MONTHS_2021);
    expect(groups?.map((group) => group.key).slice(0, 2)).toEqual(['2021-01', '2021-02']);
    expect(total_revenue).toBe(2500315.63);
  });

  it('gives the published cohorts, and null for what lies ahead', async () => {
    const input = {
      start_date: '2021-01-01',
      end_date: '2021-09-30',
      population: 'customers' as const,
      cohort: 'month' as const,
    };
    const { cohorts } = await readRetention(testContext(tenantId), input);
    expect(cohorts.slice(0, 3).map((row) => ({ ...row, active: row.active.slice(0, 7) }))).toEqual(COHORTS);
    expect(cohorts[8]).toEqual({ period: '2021-09', size: 0, active: [0, ...Array<null>(8).fill(null)] });
  });

  it('gives the same rows when all is derived again', async () => {
    const before = await derivedRows(tenantId);
    const startedAt = performance.now();
    await rebuildTenant(tenantId);
    if (process.env['SHOW_TIMES']) console.info(`rebuild of CDNOW: ${Math.round(performance.now() - startedAt)} ms`);
    expect(await derivedRows(tenantId)).toEqual(before);
  }, 120_000);

  it('writes nothing when it folds days without news', async () => {
    const settings = await store.readTenant(tenantId);
    const startedAt = performance.now();
    const { changed } = await store.foldDays(settings!, await store.sampleDays(tenantId, 600));
    if (process.env['SHOW_TIMES']) console.info(`fold again of CDNOW: ${Math.round(performance.now() - startedAt)} ms`);
    expect(changed).toBe(0);
  }, 120_000);
});

async function loadPurchases(tenantId: string): Promise<string[]> {
  const customers = new Map<string, string>();
  const days = new Set<string>();
  const [header, ...lines] = readFileSync(FILE, 'utf8').trim().split(/\r?\n/);
  const columns = header!.split(',');
  const at = (name: RegExp): number => columns.findIndex((column) => name.test(column));
  const [who, when, amount] = [at(/customer/i), at(/date|purchased/i), at(/amount|total/i)];
  const rows = lines.map((line) => {
    const cells = line.split(',');
    const day = cells[when]!.slice(0, 10);
    days.add(day);
    const id = customers.get(cells[who]!) ?? newObjectId();
    customers.set(cells[who]!, id);
    return {
      tenant: tenantId,
      customer: id,
      currency: 'USD',
      status: 'paid',
      total_minor: majorToMinor(Number(cells[amount]), 2),
      purchased_at: new Date(`${day}T12:00:00Z`),
    };
  });
  await insertFacts('Purchase', rows);
  return [...days];
}
