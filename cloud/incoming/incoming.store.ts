import { Table } from '../../core/database/kit/table';
import { during, lt, oneOf } from '../../core/database/kit/where';
import type { IncomingStatus } from './incoming.schema';

export interface IncomingRow {
  objectId: string;
  tenant: string;
  source: string;
  webhook_id: string;
  event: string;
  payload: string | null;
  size: number;
  headers: Readonly<Record<string, string>>;
  signature_ok: boolean;
  status: IncomingStatus;
  process_number: number;
  processed_at: Date | null;
  last_error: { code: string; message: string } | null;
  request_id: string;
  createdAt: Date;
  updatedAt: Date;
  _rperm: readonly string[];
  _wperm: readonly string[];
}

/** What is read of many: payloads and headers are read one by one. */
export type IncomingFacts = Omit<IncomingRow, 'payload' | 'headers' | '_rperm' | '_wperm'>;

const FACTS = {
  objectId: 'plain',
  tenant: { pointerTo: 'Tenant' },
  source: 'plain',
  webhook_id: 'plain',
  event: 'plain',
  size: 'plain',
  signature_ok: 'plain',
  status: 'plain',
  process_number: 'plain',
  processed_at: 'plain',
  last_error: 'json',
  request_id: 'plain',
  createdAt: 'plain',
  updatedAt: 'plain',
} as const;
const shape = { className: 'IncomingWebhook', key: ['objectId'] } as const;

const rows = new Table<IncomingRow>({
  ...shape,
  columns: { ...FACTS, payload: 'plain', headers: 'json', _rperm: 'plain', _wperm: 'plain' },
});
const facts = new Table<IncomingFacts>({ ...shape, columns: FACTS });

/** False when it is there already: one statement decides, however many bring it at once. */
export function insertIncoming(row: IncomingRow): Promise<boolean> {
  return rows.insert(row);
}

export function findIncoming(id: string): Promise<IncomingRow | undefined> {
  return rows.find({ objectId: id });
}

export interface IncomingFilter {
  tenant: string;
  source?: string | undefined;
  event?: string | undefined;
  status?: IncomingStatus | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

const NEWEST_FIRST = [
  ['createdAt', 'desc'],
  ['objectId', 'desc'],
] as const;

/** The newest first, and how many there are in all. */
export async function listIncoming(
  { from, to, ...equal }: IncomingFilter,
  page: { offset: number; limit: number },
): Promise<{ rows: IncomingFacts[]; total: number }> {
  const received = during(from, to);
  const where = {
    ...Object.fromEntries(Object.entries(equal).filter(([, value]) => value !== undefined)),
    ...(received ? { createdAt: received } : {}),
  };
  const [found, total] = await Promise.all([facts.list(where, { order: NEWEST_FIRST, ...page }), facts.count(where)]);
  return { rows: found, total };
}

export function findManyIncoming(ids: readonly string[]): Promise<IncomingFacts[]> {
  return facts.list({ objectId: oneOf(ids) });
}

/** Which time a webhook was to be processed: of an earlier one, what is asked for now is not over. */
export interface Turn {
  id: string;
  number: number;
}

export async function markProcessed(turns: readonly Turn[], now: Date): Promise<void> {
  const change = { status: 'processed' as const, processed_at: now, last_error: null, updatedAt: now };
  for (const number of new Set(turns.map((turn) => turn.number))) {
    const ids = turns.filter((turn) => turn.number === number).map(({ id }) => id);
    await rows.update({ objectId: oneOf(ids), process_number: number }, change);
  }
}

export async function markFailed(
  { id, number }: Turn,
  error: { code: string; message: string },
  now: Date,
): Promise<void> {
  const where = { objectId: id, process_number: number, status: 'received' as const };
  await rows.update(where, { status: 'failed', last_error: error, updatedAt: now });
}

/** To be processed once more; undefined when somebody else has just asked for the same. */
export function beginAgain(
  { objectId, process_number: number }: IncomingFacts,
  now: Date,
): Promise<IncomingFacts | undefined> {
  return facts.claim(
    { objectId, process_number: number },
    { status: 'received', process_number: number + 1, last_error: null, updatedAt: now },
  );
}

/** Stored before, and still no event: whoever stored them may have died before he said so. */
export function leftBehind(before: Date, limit: number): Promise<IncomingFacts[]> {
  return facts.list({ status: 'received', updatedAt: lt(before) }, { limit });
}

/** Removes old ones that are processed, or failed; how many. */
export async function removeOld(before: Date, limit: number): Promise<number> {
  const settled = { createdAt: lt(before), status: oneOf<IncomingStatus>(['processed', 'failed']) };
  const old = await facts.page(settled, { by: 'createdAt', limit });
  return old.length ? rows.remove({ objectId: oneOf(old.map(({ objectId }) => objectId)) }) : 0;
}
