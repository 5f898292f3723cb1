import type { Db } from 'mongodb';
import type { PendingEvent } from './entry';
import { eventRows } from './event.store';
import type { Mover } from './mover.types';
import { PENDING } from './pending-writes';
import { nextSeqs } from './seq.mongo';

interface Carrier {
  _id: string;
  pending_events: string[];
}

/** No transaction: recorded first, then taken out; what was recorded already is known by its id. */
export function mongoMover(db: Db): Mover {
  const rows = (className: string) => db.collection<Carrier>(className);
  return {
    prepare: async (className) => {
      await rows(className).createIndex(
        { [PENDING]: 1 },
        { sparse: true, name: `${className.toLowerCase()}_${PENDING}` },
      );
    },

    move: async (className, limit, objectId) => {
      const carriers = await rows(className)
        .find({ [PENDING]: { $exists: true }, ...(objectId === undefined ? {} : { _id: objectId }) })
        .project<Carrier>({ [PENDING]: 1 })
        .limit(limit)
        .toArray();
      if (!carriers.length) return 0;
      const lists = carriers.map(({ pending_events: texts }) => texts.map((text) => JSON.parse(text) as PendingEvent));
      const longest = Math.max(...lists.map(({ length }) => length));
      // The first of each row, then the second: another who does the same sees where the one before it lies.
      for (let place = 0; place < longest; place += 1)
        await record(
          db,
          lists.flatMap((list) => list.slice(place, place + 1)),
        );
      await rows(className).bulkWrite(
        carriers.flatMap(({ _id, pending_events: texts }) => [
          { updateOne: { filter: { _id }, update: { $pullAll: { [PENDING]: texts } } } },
          { updateOne: { filter: { _id, [PENDING]: { $size: 0 } }, update: { $unset: { [PENDING]: '' } } } },
        ]),
        { ordered: true },
      );
      return carriers.length;
    },

    hasPending: async (className, objectId) =>
      (await rows(className).findOne(
        { [PENDING]: { $exists: true }, ...(objectId === undefined ? {} : { _id: objectId }) },
        { projection: { _id: 1 } },
      )) !== null,

    isThere: async (className, objectId) =>
      (await rows(className).findOne({ _id: objectId }, { projection: { _id: 1 } })) !== null,
  };
}

async function record(db: Db, entries: readonly PendingEvent[]): Promise<void> {
  const seqs = await nextSeqs(db, entries);
  const recordedAt = new Date();
  await eventRows.insertMany(
    entries.map((entry, index) => ({
      id: entry.id,
      seq: seqs[index]!,
      state: 'recorded',
      tenant: entry.tenant,
      type: entry.type,
      subject_class: entry.class,
      subject_id: entry.subject,
      occurred_at: new Date(entry.at),
      recorded_at: recordedAt,
      payload: entry.payload,
      request_id: entry.request,
      population: entry.population ?? null,
      person: entry.person ?? null,
    })),
  );
}
