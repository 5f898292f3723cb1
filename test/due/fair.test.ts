import { classSettings } from '../../core/due/classes';
import type { Lane } from '../../core/due/due.types';
import { FairTurns } from '../../core/due/fair';
import { testTable } from './support/table';

const WEIGHTS = classSettings().map(({ weight }) => weight);

/** What each class or tenant was given over many batches, while the lanes never run dry. */
function given(lanes: readonly Lane[], batches: readonly number[], by: (lane: Lane) => string): Record<string, number> {
  const turns = new FairTurns(WEIGHTS);
  const totals: Record<string, number> = {};
  for (const limit of batches)
    for (const share of turns.share(inOrder(lanes, turns.after), limit))
      totals[by(share)] = (totals[by(share)] ?? 0) + share.want;
  return totals;
}

/** As the stores give them: from the one behind the last on, and round. */
const inOrder = (lanes: readonly Lane[], after: readonly string[]): Lane[] =>
  [...lanes].sort((a, b) => {
    const round = (lane: Lane): string => (lane.tenant > after[lane.rank]! ? '0' : '1') + lane.tenant;
    return a.rank - b.rank || (round(a) < round(b) ? -1 : 1);
  });

describe('the next places', () => {
  const all = WEIGHTS.map((_weight, rank) => ({ rank, tenant: 'a' }));

  test.each([1, 3, 7, 10, 100])('are the classes by weight, the lowest a twentieth, in batches of %i', (limit) => {
    const totals = given(
      all,
      Array.from({ length: 400 }, () => limit),
      ({ rank }) => String(rank),
    );
    const places = limit * 400;
    expect([0, 1, 2, 3].map((rank) => Math.round(((totals[rank] ?? 0) / places) * 100))).toEqual([60, 25, 10, 5]);
    expect(totals[3]).toBeGreaterThanOrEqual(places * 0.05);
  });

  test('are all those of the classes that have rows', () => {
    const totals = given(
      [
        { rank: 1, tenant: 'a' },
        { rank: 3, tenant: 'a' },
      ],
      [60],
      ({ rank }) => String(rank),
    );
    expect(totals).toEqual({ 1: 50, 3: 10 });
  });

  test.each([
    ['fewer places than tenants', [3, 3, 3, 3, 3, 3, 3]],
    ['more places than tenants', [16, 16, 16]],
    ['one place at a time', Array.from({ length: 70 }, () => 1)],
  ])('go round between the tenants of a class: %s', (_what, batches) => {
    const tenants = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const totals = given(
      tenants.map((tenant) => ({ rank: 1, tenant })),
      batches,
      ({ tenant }) => tenant,
    );
    const counts = tenants.map((tenant) => totals[tenant] ?? 0);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(batches.reduce((sum, limit) => sum + limit, 0));
  });
});

describe('a declaration is refused', () => {
  test.each([
    ['when a class gets less than a twentieth', { classes: { batch: { weight: 4 } } }],
    ['when a class gets nothing', { classes: { low: { weight: 0 } } }],
    ['when a class is tried never', { classes: { low: { attempts: 0 } } }],
    ['when its name is no name', { name: 'x; drop' }],
  ])('%s', (_what, options) => {
    expect(() => testTable(options)).toThrow();
  });
});
