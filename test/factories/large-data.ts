import { withDatabase } from '../accounts/support';

const LARGE = ['Purchase', 'Customer', 'app_person_day', 'app_person_start'];

/**
 * Takes a tenant's rows out of the stand-in for MongoDB, which reads whole collections: a published
 * data set of one test would slow down every test after it.
 */
export async function removeLargeRows(tenantId: string): Promise<void> {
  await withDatabase({
    postgres: () => Promise.resolve(),
    mongo: async (db) => {
      const theirs = { $or: [{ tenant: tenantId }, { _p_tenant: `Tenant$${tenantId}` }] };
      for (const name of LARGE) await db.collection<object>(name).deleteMany(theirs);
    },
  });
}
