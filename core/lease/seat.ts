import { lte } from '../database/kit/where';
import { Table } from '../database/kit/table';
import type { TableDefinition } from '../schema/table-definition';

/** Where a lease is written down: a row of `app.lease` ({@link namedSeat}), or one that is itself what is worked on. */
export interface Seat {
  /** One conditional write: true when nobody held it at `now`, or `token` itself. From then on `token` does, until `until`. */
  take(token: string, until: Date, now: Date): Promise<boolean>;
  /** One conditional write: false when `token` does not hold it any more. */
  renew(token: string, until: Date): Promise<boolean>;
  /** Frees it; does nothing when `token` does not hold it. */
  release(token: string): Promise<void>;
}

/** Leases by name: held by a row, freed by time when the holder dies. */
export const leaseTable: TableDefinition = {
  name: 'lease',
  postgres: [
    'create table if not exists app.lease (name text primary key, holder text not null, expires_at timestamptz not null)',
  ],
  mongo: [],
};

interface LeaseRow {
  name: string;
  holder: string;
  expires_at: Date;
}

const leases = new Table<LeaseRow>({
  table: 'lease',
  key: ['name'],
  columns: { name: 'plain', holder: 'plain', expires_at: 'plain' },
});

/** A seat that needs no row of its own. */
export function namedSeat(name: string): Seat {
  return {
    take: (token, until, now) =>
      leases.takeOver({ name, holder: token, expires_at: until }, [{ expires_at: lte(now) }, { holder: token }]),
    renew: async (token, until) => (await leases.update({ name, holder: token }, { expires_at: until })) === 1,
    release: async (token) => void (await leases.remove({ name, holder: token })),
  };
}
