import type { NextFunction, Request, Response } from 'express';
import { FEATURES } from '../cloud/features';
import type { Ctx } from '../core/context';
import { runOnce } from '../core/idempotency';
import { collectOperations } from '../core/operation/registry';
import type { Outcome } from '../core/operation/operation';
import type { ParseCall } from './parse-call';
import { callsOf, type ParseBody, isGraphql } from './parse-calls';

const SAVES = /^\/(classes|users|roles|installations)(\/|$)/;
/** Values that are kept nowhere, not even as a hash of what holds them. */
const SECRETS = ['password', 'authData'];

const CALLER = new Set([
  '_ApplicationId',
  '_ClientVersion',
  '_InstallationId',
  '_JavaScriptKey',
  '_MasterKey',
  '_SessionToken',
]);

let ours: Set<string> | undefined;

/**
 * An Idempotency-Key on a save, a host's cloud function or a batch: the request is carried out once, a repeat gets the
 * first answer byte for byte. Our own functions do so by themselves, in `execute`. A request that brings a password, and
 * an answer that holds a session token, are not stored: such a request is carried out again.
 */
export async function passOnce(
  req: Request,
  res: Response,
  { ctx, body, next }: { ctx: Ctx; body: ParseBody; next: NextFunction },
): Promise<void> {
  const calls = callsOf(req, body);
  if (!ctx.idempotencyKey || !isRepeatable(req, calls)) return next();
  // The sub-requests of a batch would each take the key for their own.
  delete req.headers['idempotency-key'];
  const what = `${calls[0]?.method ?? 'POST'} ${req.baseUrl}${req.path}`;
  let failed: Captured | undefined;
  const outcome = await runOnce(ctx, what, ctx.idempotencyKey, { query: req.query, body: meaning(body) }, async () => {
    const answer = await capture(res, next);
    if (isKept(answer)) return outcomeOf(answer);
    failed = answer;
    throw new NotKept();
  }).catch((error: unknown) => {
    if (error instanceof NotKept) return undefined;
    throw error;
  });
  if (outcome) send(res, outcome.status, outcome.headers, outcome.json ?? '');
  else send(res, failed!.status, failed!.headers, failed!.text);
}

function isRepeatable(req: Request, calls: readonly ParseCall[]): boolean {
  if (isGraphql(req) || calls.length === 0) return false;
  const isBatch = Array.isArray((req.body as { requests?: unknown } | undefined)?.requests);
  return (isBatch || isSave(calls[0]!)) && !calls.some(({ fields }) => SECRETS.some((name) => name in fields));
}

function isSave({ method, route }: ParseCall): boolean {
  if (method !== 'POST' && method !== 'PUT') return false;
  if (SAVES.test(route)) return true;
  const [, name] = /^\/functions\/([^/]+)$/.exec(route) ?? [];
  // Routes are compared in lower case.
  ours ??= new Set(collectOperations(FEATURES).map(({ contract }) => contract.name.toLowerCase()));
  return name !== undefined && !ours.has(name);
}

/** Without what tells of the caller alone: a retry may bring a newer session. */
function meaning(body: ParseBody): ParseBody {
  return Object.fromEntries(Object.entries(body ?? {}).filter(([name]) => !CALLER.has(name)));
}

function isKept({ status, headers, text }: Captured): boolean {
  const isJson = headers['content-type']?.includes('application/json') ?? false;
  return status < 400 && isJson && !text.includes('"sessionToken"');
}

interface Captured {
  status: number;
  headers: Record<string, string>;
  text: string;
}

/** Thrown so that the key is free again. */
class NotKept extends Error {}

/** What Parse answers, held back until the answer is stored. Parse ends every answer with its whole body. */
function capture(res: Response, next: NextFunction): Promise<Captured> {
  return new Promise((resolve) => {
    const end = res.end.bind(res);
    res.end = ((chunk?: unknown) => {
      res.end = end;
      const text = Buffer.isBuffer(chunk) ? chunk.toString('utf8') : typeof chunk === 'string' ? chunk : '';
      resolve({ status: res.statusCode, headers: headersOf(res), text });
      return res;
    }) as Response['end'];
    next();
  });
}

function headersOf(res: Response): Record<string, string> {
  const names = ['content-type', 'location', 'x-parse-job-status-id'];
  return Object.fromEntries(
    names.flatMap((name) => (res.hasHeader(name) ? [[name, String(res.getHeader(name))]] : [])),
  );
}

const outcomeOf = ({ status, headers, text }: Captured): Outcome => ({ status, headers, body: text, json: text });

function send(res: Response, status: number, headers: Readonly<Record<string, string>>, text: string): void {
  if (!res.headersSent) {
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
    res.setHeader('content-length', Buffer.byteLength(text));
    res.statusCode = status;
  }
  res.end(text);
}
