import type { ParseTarget } from '../../core/config.integrations';
import type { Ctx } from '../../core/context';
import { parseAuth, parseConfig, parseRest, type ParseRow } from '../../core/parse/internals';
import { hasTenant } from './local-target';
import { callRemote } from './remote';

export const BATCH = 100;

/** One class, in one direction. */
export interface Step {
  /** Of the system, in the job's tenant. */
  ctx: Ctx;
  server: ParseTarget;
  /** Of the versions: pairs of a row here and one there. */
  peer: string;
  jobId: string;
  tenantId: string;
  className: string;
  signal: AbortSignal;
  /** Before each write: throws when the job is another's, or is to end. */
  check: () => void;
}

const ORDER = 'updatedAt,objectId';
/** A page of large rows may take its time. */
const PATIENT = { deadlineMs: 30_000, maxBytes: 64 * 1024 * 1024 };

/** With the master key: what is kept in step is an administrator's choice, and not one row at a time. */
export async function localRows({ className, tenantId }: Step, where: object): Promise<ParseRow[]> {
  const config = parseConfig();
  const tenant = { __type: 'Pointer', className: 'Tenant', objectId: tenantId };
  const { results } = await parseRest().find(
    config,
    parseAuth().master(config),
    className,
    { ...where, ...(hasTenant(className) ? { tenant } : {}) },
    { limit: BATCH, order: ORDER },
  );
  return results;
}

export async function remoteRows({ server, className, signal }: Step, where: object): Promise<ParseRow[]> {
  const query = new URLSearchParams({ where: JSON.stringify(where), order: ORDER, limit: String(BATCH) });
  const path = `/classes/${className}?${query.toString()}`;
  const { results } = await callRemote<{ results: ParseRow[] }>(server, {
    path,
    options: { ...PATIENT, retries: 2, signal },
  });
  return results;
}

export interface BatchRequest {
  method: 'POST' | 'PUT';
  /** Below the mount. */
  path: string;
  body: object;
}

export interface BatchReply {
  success?: { updatedAt?: string; createdAt?: string };
  error?: { code?: number; error?: string };
}

/** The answers in the order of the requests. */
export async function remoteBatch({ server, signal }: Step, requests: readonly BatchRequest[]): Promise<BatchReply[]> {
  if (!requests.length) return [];
  const mount = new URL(server.url).pathname.replace(/\/$/, '');
  const body = { requests: requests.map((request) => ({ ...request, path: `${mount}${request.path}` })) };
  return callRemote<BatchReply[]>(server, { method: 'POST', path: '/batch', body, options: { ...PATIENT, signal } });
}

export const byId = (rows: readonly ParseRow[]): Map<string, ParseRow> =>
  new Map(rows.map((row) => [row.objectId, row]));
