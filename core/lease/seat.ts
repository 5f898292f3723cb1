import { lte } from '../database/kit/where';
import { Table } from '../database/kit/table';
import type { TableDefinition } from '../schema/table-definition';

/**
 * Where a lease is written down: a row of `app.lease` ({@link namedSeat}), or one that is itself what is worked on. Such
 * a row tells its holder more than that he holds it, and may be changed by the same statements.
 */
export interface Seat<Row = true, Change = never> {
  /**
   * One conditional write: undefined when another than `token` held it at `now`. From then on `token` does, until
   * `until`.
   */
  take(token: string, until: Date, now: Date): Promise<Row | undefined>;
  /** One conditional write: undefined when `token` does not hold it any more; then nothing is changed. */
  renew(token: string, until: Date, change?: Change): Promise<Row | undefined>;
  /** Frees it; undefined, and nothing is changed, when `token` does not hold it. */
  release(token: string, change?: Change): Promise<Row | undefined>;
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
    take: async (token, until, now) =>
      (await leases.takeOver({ name, holder: token, expires_at: until }, [
        { expires_at: lte(now) },
        { holder: token },
      ])) || undefined,
    renew: async (token, until) =>
      (await leases.update({ name, holder: token }, { expires_at: until })) === 1 || undefined,
    release: async (token) => (await leases.remove({ name, holder: token })) === 1 || undefined,
  };
}
