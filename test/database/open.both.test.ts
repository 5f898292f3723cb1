import { database } from '../../core/database/database';
import { metrics } from '../../core/metrics';
import { openLane } from './support';

async function counted(operation: string): Promise<number> {
  const { values } = await metrics.dbQuerySeconds.get();
  const count = values.find(
    ({ metricName, labels }) => metricName?.endsWith('_count') && labels.operation === operation,
  );
  return count?.value ?? 0;
}

it('an opened database has the queries of its very first connection in the metrics', async () => {
  const close = await openLane();
  try {
    const db = database();
    // PostgreSQL was asked while it was opened, by the connection that is there now.
    if (db.kind === 'mongo') await db.db.command({ ping: 1 });
    else expect(db.pool.totalCount).toBe(1);
    expect(await counted(db.kind === 'mongo' ? 'ping' : 'select')).toBe(1);
  } finally {
    await close();
  }
});
