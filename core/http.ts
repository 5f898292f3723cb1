import { lookup as lookupName } from 'node:dns/promises';
import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request, type Dispatcher } from 'undici';
import { AppError } from './errors';
import { isLoopbackAddress, isPrivateAddress, isPublicAddress } from './http.addresses';
import { CircuitBreaker } from './http.breaker';

type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Lookup = (host: string) => Promise<readonly { address: string; family: number }[]>;

export interface OutgoingRequest {
  url: string;
  method?: HttpMethod;
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
  /** Whole time for one try, from the name's resolution to the last byte, milliseconds. @defaultValue 10000 */
  deadlineMs?: number;
  /** A larger answer is refused. @defaultValue 1048576 */
  maxBytes?: number;
  /**
   * Further tries after a failed connection, a time-out or a status of 429, 502, 503, 504. Give it
   * only where repeating does no harm: the receiver may have got the first try. @defaultValue 0
   */
  retries?: number;
  /** Ports beside 80 and 443 that may be called. */
  ports?: readonly number[];
  /** http:// as well as https://. @defaultValue false */
  allowHttp?: boolean;
  /** Tests call servers on this machine. Never set from configuration or input. */
  allowLoopback?: boolean;
  /**
   * Addresses inside the operator's network too, by http and on any port. Set by `callConfigured` alone, for what
   * the operator's own settings name: input must never reach it, or a client calls what only we can reach.
   */
  allowPrivate?: boolean;
  /** A check: it goes out while the host's breaker is open, too, and tells it how that went. */
  isProbe?: boolean;
  signal?: AbortSignal;
}

export interface OutgoingAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

const DEFAULT_DEADLINE_MS = 10_000;
const DEFAULT_MAX_BYTES = 1_048_576;
const DEFAULT_PORTS = [80, 443];
const RETRIED_STATUSES = new Set([429, 502, 503, 504]);
const FIRST_PAUSE_MS = 200;
const MAX_PAUSE_MS = 5000;

const breaker = new CircuitBreaker();

/**
 * The one way to call an address that came from outside (rule 8 of reliability): deadline, size
 * cap, no redirects, only public addresses, breaker by host. Statuses are answers, 3xx too.
 * @throws AppError VALIDATION_ERROR for an address that may not be called, TIMEOUT,
 * PAYLOAD_TOO_LARGE, SERVICE_UNAVAILABLE when the host is not reachable or its breaker is open
 */
export async function callOut(
  given: OutgoingRequest,
  seams: { lookup?: Lookup; breaker?: CircuitBreaker } = {},
): Promise<OutgoingAnswer> {
  const url = checkUrl(given);
  const guard = seams.breaker ?? breaker;
  for (let attempt = 0; ; attempt += 1) {
    if (!given.isProbe) guard.check(url.host, Date.now());
    const isLast = attempt >= (given.retries ?? 0);
    try {
      const answer = await callOnce(url, given, seams.lookup ?? resolveAll);
      if (answer.status >= 500) guard.failed(url.host, Date.now());
      else guard.succeeded(url.host);
      if (isLast || !RETRIED_STATUSES.has(answer.status)) return answer;
    } catch (error) {
      // Our own refusals say nothing about the host.
      if (isRefusal(error) || given.signal?.aborted) throw error;
      guard.failed(url.host, Date.now());
      if (isLast) throw error;
    }
    // Full jitter: callers that failed together do not come back together.
    const pauseMs = Math.random() * Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
    await sleep(pauseMs, undefined, given.signal ? { signal: given.signal } : {});
  }
}

/**
 * What can be said of an address without resolving it. @throws AppError VALIDATION_ERROR. The
 * URL parser has already turned decimal, octal and hexadecimal hosts into dotted ones.
 */
export function checkUrl({ url: text, allowHttp, ports, allowLoopback, allowPrivate }: OutgoingRequest): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw refuse('The address is not a URL.');
  }
  const isInside = allowLoopback || allowPrivate;
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && (allowHttp || isInside))) {
    throw refuse('Only https addresses may be called.');
  }
  if (url.username || url.password) throw refuse('The address may not hold credentials.');
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  if (!isInside && ![...DEFAULT_PORTS, ...(ports ?? [])].includes(port)) {
    throw refuse(`Port ${port} may not be called.`);
  }
  const host = hostOf(url);
  if (isIP(host)) checkAddress(host, { allowLoopback, allowPrivate });
  else if (!isInside && isLocalName(host)) throw refuse('The address is not a public one.');
  return url;
}

async function callOnce(url: URL, given: OutgoingRequest, lookup: Lookup): Promise<OutgoingAnswer> {
  const deadline = AbortSignal.timeout(given.deadlineMs ?? DEFAULT_DEADLINE_MS);
  const signal = given.signal ? AbortSignal.any([deadline, given.signal]) : deadline;
  let agent: Agent | undefined;
  try {
    const pinned = await untilAborted(pickAddress(hostOf(url), lookup, given), signal);
    agent = pinnedAgent(pinned);
    const answer = await request(url, {
      dispatcher: agent,
      method: given.method ?? 'GET',
      headers: { 'accept-encoding': 'identity', ...given.headers },
      body: given.body ?? null,
      signal,
    });
    const body = await readCapped(answer.body, given.maxBytes ?? DEFAULT_MAX_BYTES);
    return { status: answer.statusCode, headers: answer.headers, body };
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (deadline.aborted) throw new AppError('TIMEOUT', `${url.host} did not answer in time.`, { cause: error });
    if (signal.aborted) throw error;
    throw new AppError('SERVICE_UNAVAILABLE', `${url.host} could not be reached.`, { cause: error });
  } finally {
    void agent?.destroy().catch(() => undefined);
  }
}

/** Resolved once, every answer checked, the checked one used: a name cannot change its mind in between. */
async function pickAddress(
  host: string,
  lookup: Lookup,
  allowed: Allowed,
): Promise<{ address: string; family: number }> {
  const found = isIP(host) ? [{ address: host, family: isIP(host) }] : await lookup(host);
  if (!found.length) throw new AppError('SERVICE_UNAVAILABLE', `${host} has no address.`);
  for (const { address } of found) checkAddress(address, allowed);
  return found[0]!;
}

function pinnedAgent(pinned: { address: string; family: number }): Agent {
  return new Agent({
    connections: 1,
    connect: {
      // TLS still checks the certificate against the name in the URL.
      lookup: (_host, options, done) =>
        options.all ? done(null, [pinned]) : done(null, pinned.address, pinned.family),
    },
  });
}

async function readCapped(body: Dispatcher.ResponseData['body'], maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > maxBytes) throw new AppError('PAYLOAD_TOO_LARGE', `The answer is larger than ${maxBytes} bytes.`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

type Allowed = { [Name in 'allowLoopback' | 'allowPrivate']?: boolean | undefined };

function checkAddress(address: string, { allowLoopback, allowPrivate }: Allowed): void {
  if (allowLoopback && isLoopbackAddress(address)) return;
  if (allowPrivate && isPrivateAddress(address)) return;
  if (!isPublicAddress(address)) throw refuse('The address is not a public one.');
}

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');

/** Names that resolve inside a host or a network, whatever the resolver says. */
function isLocalName(host: string): boolean {
  return !host.includes('.') || /\.(localhost|local|internal|intranet|lan|home|corp|onion|home\.arpa)$/i.test(host);
}

const resolveAll: Lookup = (host) => lookupName(host, { all: true, verbatim: true });

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return Promise.race([
    work,
    new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    }),
  ]);
}

const refuse = (message: string): AppError => new AppError('VALIDATION_ERROR', message);

function isRefusal(error: unknown): boolean {
  return error instanceof AppError && (error.code === 'VALIDATION_ERROR' || error.code === 'PAYLOAD_TOO_LARGE');
}
