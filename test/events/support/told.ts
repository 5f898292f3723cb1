import { withDatabase } from '../../accounts/support';
import { waitFor } from '../../harness/app';

export interface StoredEvent {
  type: string;
  subject: string;
  data: Record<string, unknown>;
}

/** What is recorded of a tenant, its accounts apart, in the order in which it happened to each subject. */
async function eventsOf(tenant: string): Promise<StoredEvent[]> {
  return withDatabase({
    postgres: async (db) => {
      const { rows } = await db.query<{ type: string; subject: string; payload: string }>(
        `select type, subject_id as subject, payload from app.event where tenant = $1 and subject_class <> '_User'
         and state <> 'intended' order by seq`,
        [tenant],
      );
      return rows.map(({ type, subject, payload }) => ({
        type,
        subject,
        data: JSON.parse(payload) as StoredEvent['data'],
      }));
    },
    mongo: async (db) => {
      const rows = await db
        .collection('app_event')
        .find({ tenant, subject_class: { $ne: '_User' }, state: { $ne: 'intended' } })
        .sort({ seq: 1 })
        .toArray();
      return rows.map((row) => ({
        type: String(row['type']),
        subject: String(row['subject_id']),
        data: JSON.parse(String(row['payload'])) as StoredEvent['data'],
      }));
    },
  });
}

/** Rows of the class, in all tenants, that carry events which are not recorded yet. */
async function carriers(className: string): Promise<number> {
  return withDatabase({
    postgres: async (db) =>
      (await db.query<{ n: number }>(`select count(*)::int as n from "${className}" where pending_events is not null`))
        .rows[0]!.n,
    mongo: (db) => db.collection(className).countDocuments({ pending_events: { $exists: true } }),
  });
}

/** Once no row of the classes carries events any more. */
export async function settledEventsOf(
  tenant: string,
  classNames: readonly string[] = ['DataJob'],
): Promise<StoredEvent[]> {
  for (const className of classNames)
    await waitFor(async () => (await carriers(className)) === 0, { timeoutMs: 60_000, everyMs: 50 });
  return eventsOf(tenant);
}

/** How many of each type. */
export function byType(events: readonly StoredEvent[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type } of events) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}
