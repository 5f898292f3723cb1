import { Resolver } from 'node:dns/promises';
import { isIPv6, type LookupFunction } from 'node:net';
import { Agent, errors, request, type Dispatcher } from 'undici';
import { config } from '../../core/config';
import { isPublicAddress } from '../../core/http.addresses';
import { safeText } from './send.text';

/** For one try, from the resolution of the name to the last byte that is read. */
export const DEADLINE_MS = 15_000;
const CONNECT_MS = 10_000;
const KEEP_ALIVE_MS = 10_000;
const RESOLVE = { timeout: 3_000, tries: 2 };
const MAX_HEADER_BYTES = 16_384;
/** Of an answer; the rest is not read. */
export const KEPT_BYTES = 4_096;

export interface SendRequest {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** What became of one try. The status decides: what follows it is kept, and changes nothing. */
export interface SendAnswer {
  /** null when none came. */
  status: number | null;
  /** The beginning of the answer, as text that every store takes. */
  body: string | null;
  retryAfter: string | undefined;
  durationMs: number;
  /** Why no status came. */
  fault: { code: SendFault; message: string } | null;
}

type SendFault = 'TIMEOUT' | 'ADDRESS_REFUSED' | 'CONNECTION_FAILED' | 'ANSWER_INVALID' | 'STOPPED';

/** Addresses of a name. Not by the system's resolver: its few threads are everybody's, and a slow name server holds them. */
export type Resolve = (host: string) => Promise<readonly string[]>;

const STOPPED = { code: 'STOPPED', message: 'The process ended.' } as const;

class AddressRefused extends Error {}

/**
 * Sends to URLs that tenants name. Connections are kept and shared by the requests to one host; each one is made to an
 * address that was looked at for it, so a name cannot change its mind in between. Never throws, never follows.
 */
export class SendClient {
  private readonly agent: Agent;
  private readonly running = new Set<AbortController>();
  private isClosed = false;

  constructor(
    resolve: Resolve = resolveName,
    private readonly deadlineMs = DEADLINE_MS,
  ) {
    this.agent = new Agent({
      connect: { lookup: guardedLookup(resolve), timeout: Math.min(CONNECT_MS, deadlineMs) },
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      // One clock for the whole of a try: ours.
      headersTimeout: 0,
      bodyTimeout: 0,
      pipelining: 1,
    });
  }

  async send({ url, headers, body }: SendRequest): Promise<SendAnswer> {
    const startedAt = performance.now();
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), this.deadlineMs);
    this.running.add(limit);
    if (this.isClosed) limit.abort();
    const answer: Omit<SendAnswer, 'durationMs'> = { status: null, body: null, retryAfter: undefined, fault: null };
    try {
      const { signal } = limit;
      const got = await request(url, { dispatcher: this.agent, method: 'POST', headers, body, signal });
      answer.status = got.statusCode;
      answer.retryAfter = oneOf(got.headers['retry-after']);
      answer.body = safeText(await readStart(got.body), KEPT_BYTES);
    } catch (error) {
      answer.fault = this.isClosed ? STOPPED : faultOf(error, limit.signal.aborted);
    } finally {
      clearTimeout(timer);
      this.running.delete(limit);
    }
    return { ...answer, durationMs: Math.round(performance.now() - startedAt) };
  }

  /** Ends what is under way; for the end of the process. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const limit of this.running) limit.abort();
    await this.agent.destroy();
  }
}

/** Breaking off destroys the connection: whoever sends more than is read is not listened to. */
async function readStart(body: Dispatcher.ResponseData['body']): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of body as AsyncIterable<Buffer>) {
      parts.push(part);
      size += part.length;
      if (size > KEPT_BYTES) break;
    }
  } catch {
    // Cut off, too slow, or not what its headers said: the status has come before.
  }
  return Buffer.concat(parts);
}

function guardedLookup(resolve: Resolve): LookupFunction {
  return (host, options, done) => {
    addressesOf(host, resolve).then(
      (found) => {
        const addresses = found.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
        const [first] = addresses;
        if (!first) done(new Error('The name has no address.'), '', 4);
        else if (options.all) done(null, addresses);
        else done(null, first.address, first.family);
      },
      (error: Error) => done(error, '', 4),
    );
  };
}

async function addressesOf(host: string, resolve: Resolve): Promise<readonly string[]> {
  if (host === 'localhost' && config().outgoingLoopback) return ['127.0.0.1', '::1'];
  const found = await resolve(host);
  if (!found.every((address) => isPublicAddress(address))) throw new AddressRefused();
  return found;
}

async function resolveName(host: string): Promise<readonly string[]> {
  const resolver = new Resolver(RESOLVE);
  const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  return found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
}

function faultOf(error: unknown, isLate: boolean): NonNullable<SendAnswer['fault']> {
  if (error instanceof AddressRefused || (error as { cause?: unknown }).cause instanceof AddressRefused)
    return { code: 'ADDRESS_REFUSED', message: 'The name leads into a private network.' };
  if (isLate || error instanceof errors.ConnectTimeoutError)
    return { code: 'TIMEOUT', message: 'There was no answer in time.' };
  if (error instanceof errors.HeadersOverflowError || error instanceof errors.HTTPParserError)
    return { code: 'ANSWER_INVALID', message: 'The answer is no HTTP, or its headers are too large.' };
  const code: unknown = (error as { code?: unknown }).code;
  const name = typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? ` (${code})` : '';
  return { code: 'CONNECTION_FAILED', message: `The connection failed${name}.` };
}

const oneOf = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;
