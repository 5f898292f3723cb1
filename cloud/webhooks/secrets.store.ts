import { Table } from '../../core/database/kit/table';
import { gt, lt, lte, oneOf } from '../../core/database/kit/where';
import { AppError } from '../../core/errors';
import { log } from '../../core/log';
import { seal, unseal } from '../../core/sealed';
import { makeStandardSecret } from '../../core/standard-webhooks';

/** How long the secret before a rotation is good. */
const OVERLAP_MS = 24 * 3_600_000;

interface SecretRow {
  endpoint_id: string;
  /** Counts up from 1; of two who make the same one, one does. */
  number: number;
  sealed: string;
  created_at: Date;
  /** null for the current one. */
  expires_at: Date | null;
}

const secrets = new Table<SecretRow>({
  table: 'webhook_secret',
  key: ['endpoint_id', 'number'],
  columns: { endpoint_id: 'plain', number: 'plain', sealed: 'plain', created_at: 'plain', expires_at: 'plain' },
});

/**
 * The secrets that sign for an endpoint, the current one first; at most two. Makes the first one where there is none:
 * the row may have come through /parse/classes, or its process may have died.
 */
export async function secretsOf(endpointId: string, now: Date): Promise<string[]> {
  const rows = await valid(endpointId, now);
  if (rows.length) return rows.map((row) => opened(row));
  await secrets.insert(newRow(endpointId, 1, now).row);
  return (await valid(endpointId, now)).map((row) => opened(row));
}

/** As {@link secretsOf}, of many at once. One whose secrets cannot be opened has none, and keeps nobody else waiting. */
export async function secretsOfMany(endpointIds: readonly string[], now: Date): Promise<Map<string, string[]>> {
  const endpoint_id = oneOf([...new Set(endpointIds)]);
  const order = [['number', 'desc']] as const;
  const rows = await secrets.list(
    [
      { endpoint_id, expires_at: null },
      { endpoint_id, expires_at: gt(now) },
    ],
    { order },
  );
  const found = new Map<string, string[]>();
  for (const row of rows) {
    const one = found.get(row.endpoint_id) ?? [];
    found.set(row.endpoint_id, one);
    try {
      if (one.length < 2) one.push(opened(row));
    } catch (error) {
      log().error({ err: error, endpoint: row.endpoint_id }, 'A secret of webhooks cannot be opened.');
    }
  }
  for (const id of endpointIds) if (!found.has(id)) found.set(id, await secretsOf(id, now));
  return found;
}

/**
 * Makes a new current secret; the one before is good for 24 hours more, or not at all with `isAtOnce`.
 * @throws AppError CONFLICT when another is being made at this moment
 */
export async function rotateSecret(
  endpointId: string,
  now: Date,
  { isAtOnce }: { isAtOnce: boolean },
): Promise<{ secret: string; previousUntil: Date | null }> {
  const [current] = await secrets.page({ endpoint_id: endpointId }, { limit: 1, isDescending: true });
  const last = current?.number ?? 0;
  const { row, secret } = newRow(endpointId, last + 1, now);
  if (!(await secrets.insert(row))) throw new AppError('CONFLICT', 'The secret is being rotated; try again.');
  const older = { endpoint_id: endpointId, number: lte(last) };
  if (isAtOnce) {
    await secrets.remove(older);
    return { secret, previousUntil: null };
  }
  const previousUntil = new Date(now.getTime() + OVERLAP_MS);
  await secrets.update({ ...older, expires_at: null }, { expires_at: previousUntil });
  await secrets.remove({ endpoint_id: endpointId, number: lt(last) });
  return { secret, previousUntil: last ? previousUntil : null };
}

export async function removeSecrets(endpointIds: readonly string[]): Promise<void> {
  await secrets.remove({ endpoint_id: oneOf(endpointIds) });
}

/** Those that are good no more. */
export function removeExpiredSecrets(now: Date): Promise<number> {
  return secrets.remove({ expires_at: lte(now) });
}

/** Endpoints that have secrets, in order; for a look at which of them are no more. */
export async function endpointsWithSecrets(after: string | undefined, limit: number): Promise<string[]> {
  const where = { expires_at: null, ...(after === undefined ? {} : { endpoint_id: gt(after) }) };
  return (await secrets.page(where, { limit })).map(({ endpoint_id: id }) => id);
}

function valid(endpointId: string, now: Date): Promise<SecretRow[]> {
  return secrets.page(
    [
      { endpoint_id: endpointId, expires_at: null },
      { endpoint_id: endpointId, expires_at: gt(now) },
    ],
    { limit: 2, isDescending: true },
  );
}

function newRow(endpointId: string, number: number, now: Date): { row: SecretRow; secret: string } {
  const secret = makeStandardSecret();
  const sealed = seal(secret, contextOf(endpointId));
  return { secret, row: { endpoint_id: endpointId, number, sealed, created_at: now, expires_at: null } };
}

const opened = ({ endpoint_id: id, sealed }: SecretRow): string => unseal(sealed, contextOf(id));
const contextOf = (endpointId: string): string => `webhook:${endpointId}`;
