import { Table } from '../../core/database/kit/table';
import { between, lt } from '../../core/database/kit/where';

const minutes = new Table<{ minute: number }>({
  table: 'uptime_minute',
  key: ['minute'],
  columns: { minute: 'integer' },
});

/** Says that the service lives in this minute (minutes since 1970). Many times a minute is one. */
export async function saveHeartbeat(minute: number): Promise<void> {
  await minutes.insert({ minute });
}

/** Minutes with a heartbeat in `[from, to)`, and the first ever; undefined when there is none. */
export async function countMinutes(from: number, to: number): Promise<{ count: number; first: number | undefined }> {
  const [first] = await minutes.list({}, { order: [['minute', 'asc']], limit: 1 });
  return { count: await minutes.count({ minute: between(from, to) }), first: first?.minute };
}

export async function deleteMinutesBefore(minute: number): Promise<void> {
  await minutes.remove({ minute: lt(minute) });
}
