import { addDays } from '../../values/zone';
import { withDatabase } from '../accounts/support';
import { parseRest, waitFor } from '../harness/app';
import { importFile, newImporter, PURCHASES } from '../imports/support/imports';
import { derivedRows } from './support/facts';
import { openServerDatabase } from './support/store';

let close: () => Promise<void>;
beforeAll(() => void (close = openServerDatabase()));
afterAll(() => close?.());

const FILE = `order_id,customer_id,purchased_at,amount\n${Array.from(
  { length: 60 },
  (_, n) => `r${n},c${n % 7},${addDays('2024-01-01', n * 3)},${n}.10`,
).join('\n')}`;

it('derives the same figures again when an operator starts the job of Parse Dashboard', async () => {
  const { token, tenantId } = await newImporter();
  expect(await importFile(token, PURCHASES, FILE)).toMatchObject({ status: 'completed' });
  const before = await derivedRows(tenantId);
  expect(before.length).toBeGreaterThan(60);
  await withDatabase<unknown>({
    postgres: async (db) => {
      await db.query('delete from app.rollup_money where tenant = $1', [tenantId]);
      await db.query('delete from app.person_start where tenant = $1', [tenantId]);
    },
    mongo: async (db) => {
      await db.collection('app_rollup_money').deleteMany({ tenant: tenantId });
      await db.collection('app_person_start').deleteMany({ tenant: tenantId });
    },
  });
  expect(await derivedRows(tenantId)).not.toEqual(before);
  expect((await parseRest('POST', '/jobs/rebuildFigures', { masterKey: true, body: {} })).status).toBe(200);
  await waitFor(async () => JSON.stringify(await derivedRows(tenantId)) === JSON.stringify(before), {
    timeoutMs: 60_000,
    everyMs: 200,
  });
});
