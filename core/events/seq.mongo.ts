import type { Db } from 'mongodb';
import type { PendingEvent } from './entry';

let last = 0;

/**
 * Places of events that are about to be recorded, one each, growing within a subject: behind what is recorded of it
 * already, whichever process did that and whatever its clock says. PostgreSQL has an identity column for it.
 */
export async function nextSeqs(db: Db, entries: readonly Pick<PendingEvent, 'class' | 'subject'>[]): Promise<number[]> {
  const subjects = [...new Set(entries.map(({ subject }) => subject))];
  const behind = new Map<string, number>();
  const found = db
    .collection('app_event')
    .find({
      subject_id: { $in: subjects },
      subject_class: { $in: [...new Set(entries.map((entry) => entry.class))] },
      // What is not ahead of our clock is behind anyway.
      seq: { $gte: Date.now() * 1000 },
    })
    .project<{ subject_class: string; subject_id: string; seq: number }>({ subject_class: 1, subject_id: 1, seq: 1 });
  for await (const { subject_class: name, subject_id: id, seq } of found) {
    const key = `${name}:${id}`;
    behind.set(key, Math.max(behind.get(key) ?? 0, seq));
  }
  return entries.map((entry) => {
    const key = `${entry.class}:${entry.subject}`;
    last = Math.max(last + 1, Date.now() * 1000, (behind.get(key) ?? 0) + 1);
    behind.set(key, last);
    return last;
  });
}
