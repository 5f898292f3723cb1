import { Table } from '../../core/database/kit/table';
import { seal, unseal } from '../../core/sealed';
import type { SchemeName } from './incoming.schema';

export interface SourceRow {
  /** Part of its address: long and random, so that nobody finds those of others. */
  id: string;
  tenant: string;
  name: string;
  scheme: SchemeName;
  enabled: boolean;
  /** Secret, under the source's id (core/sealed). */
  sealed: string;
  sealed_before: string | null;
  before_until: Date | null;
  /** Counts its secrets: of two who rotate at once one does. */
  version: number;
  created_at: Date;
  updated_at: Date;
}

const rows = new Table<SourceRow>({
  table: 'incoming_source',
  key: ['id'],
  columns: {
    id: 'plain',
    tenant: 'plain',
    name: 'plain',
    scheme: 'plain',
    enabled: 'plain',
    sealed: 'plain',
    sealed_before: 'plain',
    before_until: 'plain',
    version: 'plain',
    created_at: 'plain',
    updated_at: 'plain',
  },
});

export function findSource(id: string): Promise<SourceRow | undefined> {
  return rows.find({ id });
}

/** Of a tenant, the newest first; there are few. */
export function sourcesOf(tenant: string): Promise<SourceRow[]> {
  return rows.page({ tenant }, { by: 'created_at', isDescending: true, limit: 10_000 });
}

export function countSources(tenant: string): Promise<number> {
  return rows.count({ tenant });
}

/** False when the tenant has one of that name. */
export function insertSource(row: SourceRow): Promise<boolean> {
  return rows.insert(row);
}

export async function updateSource(id: string, change: Pick<SourceRow, 'enabled' | 'updated_at'>): Promise<void> {
  await rows.update({ id }, change);
}

/** False when another was quicker. */
export async function replaceSecret(
  { id, version }: SourceRow,
  change: Pick<SourceRow, 'sealed' | 'sealed_before' | 'before_until' | 'updated_at'>,
): Promise<boolean> {
  return (await rows.update({ id, version }, { ...change, version: version + 1 })) === 1;
}

export async function removeSource(id: string): Promise<void> {
  await rows.remove({ id });
}

export const sealSecret = (id: string, secret: string): string => seal(secret, contextOf(id));

/** Those that are good, the current one first. @throws AppError INTEGRATION_NOT_CONFIGURED when they cannot be read */
export function openSecrets(
  { id, sealed, sealed_before: before, before_until: until }: SourceRow,
  now: Date,
): string[] {
  const current = unseal(sealed, contextOf(id));
  return before !== null && until !== null && until > now ? [current, unseal(before, contextOf(id))] : [current];
}

const contextOf = (id: string): string => `incoming:${id}`;
