// Nothing here depends on the database: kinds are put together before there is one.
import { dataJobsFeature } from '../../cloud/data-jobs/data-jobs.feature';
import { defineDataJob } from '../../cloud/data-jobs/kind';
import type { DataJobKind } from '../../cloud/data-jobs/kind';

const kind = (name: string, columns: DataJobKind['columns'] = {}): DataJobKind =>
  defineDataJob({
    kind: name,
    class: 'batch',
    columns,
    run: async () => ({}),
    results: { of: async () => ({ total: 0, results: [] }) },
  });

describe('kinds of data jobs', () => {
  it('bring a job of the queue and their columns', () => {
    const { jobs, classes } = dataJobsFeature([kind('export', { rows: { type: 'Number' } }), kind('report')]);
    expect(jobs!.map(({ name, jobClass }) => [name, jobClass])).toEqual([
      ['exports.run', 'batch'],
      ['reports.run', 'batch'],
    ]);
    expect(classes![0]!.fields).toMatchObject({ rows: { type: 'Number' }, lease_until: { type: 'Date' } });
  });

  it('of one name keep the process from starting', () => {
    expect(() => dataJobsFeature([kind('export'), kind('export')])).toThrow(
      'Two kinds of data jobs are called "export".',
    );
  });

  it('that differ on a column do so, too', () => {
    const kinds = [kind('export', { rows: { type: 'Number' } }), kind('report', { rows: { type: 'String' } })];
    expect(() => dataJobsFeature(kinds)).toThrow('"report" gives the column "rows" another type');
  });
});
