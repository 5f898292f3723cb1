import { randomUUID } from 'node:crypto';
import type { Db } from 'mongodb';

/** How long the others wait for a holder that died: with the fold itself it must stay far below ten seconds. */
const LEASE_MS = 4_000;
const RENEW_MS = 1_000;
const POLL_MS = 100;

export interface Lease {
  /** @throws LeaseLost when another folder has taken over meanwhile */
  confirm: () => Promise<void>;
}

/** A holder that stood still for so long that another took over: what it wrote since may be out of date. */
export class LeaseLost extends Error {}

interface LeaseDocument {
  _id: string;
  owner: string;
  until: Date;
}

/**
 * One folder a tenant. The holder renews while it works; one that died is replaced after seconds.
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
  while (!(await take(db, tenantId, owner))) {
    if (!isPatient) return undefined;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const confirm = async (): Promise<void> => {
    const { matchedCount } = await leases.updateOne({ _id: tenantId, owner }, { $set: { until: expiry() } });
    if (!matchedCount) throw new LeaseLost('Another process has taken over this fold.');
  };
  // A failed renewal needs no handling: the next step confirms before it writes.
  const timer = setInterval(() => void confirm().catch(() => undefined), RENEW_MS);
  timer.unref();
  try {
    return await work({ confirm });
  } finally {
    clearInterval(timer);
    await leases.deleteOne({ _id: tenantId, owner });
  }
}

async function take(db: Db, tenantId: string, owner: string): Promise<boolean> {
  const leases = db.collection<LeaseDocument>('app_fold_lease');
  try {
    const filter = { _id: tenantId, until: { $lt: new Date() } };
    await leases.updateOne(filter, { $set: { owner, until: expiry() } }, { upsert: true });
    return (await leases.findOne({ _id: tenantId }))?.owner === owner;
  } catch (error) {
    // The lease is held: the upsert then tries to insert a second one.
    if ((error as { code?: number }).code === 11000) return false;
    throw error;
  }
}

function expiry(): Date {
  return new Date(Date.now() + LEASE_MS);
}
