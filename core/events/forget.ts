import { eventRows } from './event.store';
import type { EventPerson } from './event.types';
import { movePending } from './mover';
import { sourceClasses } from './sources';
import { eventTypeOf } from './types';

const BATCH = 500;

/** Takes what the types call personal out of the events of a person who is erased. May be repeated. */
export async function forgetInEvents({ population, id }: EventPerson): Promise<void> {
  for (const className of sourceClasses()) await movePending(className);
  for (let after: string | undefined; ;) {
    const rows = await eventRows.page(
      { population, person: id },
      { limit: BATCH, after: after === undefined ? undefined : { id: after } },
    );
    for (const row of rows) {
      const personal = eventTypeOf(row.type)?.personal ?? [];
      const payload = JSON.parse(row.payload) as Record<string, unknown>;
      for (const field of personal) delete payload[field];
      await eventRows.update({ id: row.id }, { payload: JSON.stringify(payload), population: null, person: null });
    }
    if (rows.length < BATCH) return;
    after = rows.at(-1)!.id;
  }
}
