import { randomUUID } from 'node:crypto';
import type { Db } from 'mongodb';

const LEASE_MS = 60_000;
const POLL_MS = 100;

export interface Lease {
  /** @throws Error when another folder has taken over meanwhile */
  renew: () => Promise<void>;
}

interface LeaseDocument {
  _id: string;
  owner: string;
  until: Date;
}

/**
 * One folder a tenant. A holder that died is replaced after a minute; one that is slow renews
 * between its steps, and stops when it finds itself replaced.
 * @param isPatient waits for the present holder instead of giving way
 * @returns undefined where another holds it
 */
export async function withLease<T>(
  db: Db,
  tenantId: string,
  isPatient: boolean,
  work: (lease: Lease) => Promise<T>,
): Promise<T | undefined> {
  const leases = db.collection<LeaseDocument>('app_fold_lease');
  const owner = randomUUID();
  const expiry = (): Date => new Date(Date.now() + LEASE_MS);
  const take = async (): Promise<boolean> => {
    try {
      const filter = { _id: tenantId, until: { $lt: new Date() } };
      await leases.updateOne(filter, { $set: { owner, until: expiry() } }, { upsert: true });
      return (await leases.findOne({ _id: tenantId }))?.owner === owner;
    } catch (error) {
      // The lease is held: the upsert then tries to insert a second one.
      if ((error as { code?: number }).code === 11000) return false;
      throw error;
    }
  };
  while (!(await take())) {
    if (!isPatient) return undefined;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const renew = async (): Promise<void> => {
    const { matchedCount } = await leases.updateOne({ _id: tenantId, owner }, { $set: { until: expiry() } });
    if (!matchedCount) throw new Error('Another process has taken over this fold.');
  };
  try {
    return await work({ renew });
  } finally {
    await leases.deleteOne({ _id: tenantId, owner });
  }
}
