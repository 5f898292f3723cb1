import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** One server pair of this run; each Jest worker has its own, with its own database. */
export interface TestServer {
  url: string;
  databaseUri: string;
  redisUrl?: string;
  dataDir: string;
  /** What the web server and the worker print. */
  logFile: string;
  masterKey: string;
  webPid: number;
  workerPid: number;
  /** The whole environment of the two processes. */
  env: Record<string, string>;
}

export interface Answer<T = any> {
  status: number;
  headers: Headers;
  /** Parsed where it is JSON, else the text. */
  body: T;
}

export interface ApiOptions {
  token?: string;
  /** An object is sent as JSON; text, bytes and forms as they are. */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface ParseOptions extends Omit<ApiOptions, 'token'> {
  /** A JWT of /api; Parse's own session goes into `sessionToken`. */
  token?: string;
  sessionToken?: string;
  /** Uses the server's master key. */
  masterKey?: boolean;
}

export const ADMIN = { email: 'admin@example.com', password: 'Admin-pass-1234' };

/** Which databases this run stands on. */
export const LANE = (process.env.TEST_LANE ?? 'postgres') as 'postgres' | 'redis' | 'mongo';

/** The server of the current Jest worker. @throws Error in runs without servers */
export function testServer(): TestServer {
  const file = process.env.TEST_HARNESS_FILE;
  const { servers } = file ? (JSON.parse(readFileSync(file, 'utf8')) as { servers: TestServer[] }) : { servers: [] };
  const server = servers[(Number(process.env.JEST_WORKER_ID ?? 1) - 1) % Math.max(servers.length, 1)];
  if (!server) throw new Error('No server under test: TEST_SERVERS=0, or dist/server/main.js is not there.');
  return server;
}

/** Calls a route of this worker's server, such as `api('GET', '/api/users', { token })`. */
export async function api<T = any>(method: string, route: string, options: ApiOptions = {}): Promise<Answer<T>> {
  const headers: Record<string, string> = { ...options.headers };
  if (options.token) headers['Authorization'] ??= `Bearer ${options.token}`;
  const isJson = options.body !== undefined && !isRawBody(options.body);
  if (isJson) headers['Content-Type'] ??= 'application/json';
  const body = isJson ? JSON.stringify(options.body) : (options.body as RequestInit['body']);
  const response = await fetch(new URL(route, testServer().url), {
    method,
    headers,
    redirect: 'manual',
    ...(options.body === undefined ? {} : { body, duplex: 'half' }),
  });
  return { status: response.status, headers: response.headers, body: parsed(await response.text()) as T };
}

/** Calls the Parse REST door, such as `parseRest('GET', '/classes/DataJob', { sessionToken })`. */
export async function parseRest<T = any>(
  method: string,
  route: string,
  options: ParseOptions = {},
): Promise<Answer<T>> {
  const server = testServer();
  const headers: Record<string, string> = {
    'X-Parse-Application-Id': server.env['PARSE_APP_ID'] ?? 'appbackend',
    ...options.headers,
  };
  if (options.masterKey) headers['X-Parse-Master-Key'] = server.masterKey;
  if (options.sessionToken) headers['X-Parse-Session-Token'] = options.sessionToken;
  return api<T>(method, `/parse${route}`, { ...options, headers });
}

/** Calls a cloud function through Parse's REST door; its answer is in `body.result`. */
export function parseFn<T = any>(name: string, params: object = {}, options: ParseOptions = {}): Promise<Answer<T>> {
  return parseRest<T>('POST', `/functions/${name}`, { ...options, body: params });
}

let adminLogin: Promise<string> | undefined;

/** The administrator's access token; logged in once a test file. */
export function adminToken(): Promise<string> {
  adminLogin ??= logInAsAdmin();
  return adminLogin;
}

async function logInAsAdmin(): Promise<string> {
  const answer = await api('POST', '/api/auth/login', { body: ADMIN });
  const token: unknown = answer.body?.access_token ?? answer.body?.token;
  if (typeof token !== 'string') throw new Error(`Admin login failed: ${answer.status} ${JSON.stringify(answer.body)}`);
  return token;
}

/** Asks again and again until `fn` gives something truthy; errors meanwhile count as "not yet". */
export async function waitFor<T>(
  fn: () => T | Promise<T>,
  { timeoutMs = 15_000, everyMs = 50 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<Exclude<NonNullable<T>, false>> {
  let last: unknown;
  for (const until = Date.now() + timeoutMs; Date.now() < until;) {
    try {
      last = await fn();
      if (last) return last as Exclude<NonNullable<T>, false>;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  const shown = last instanceof Error ? last.message : JSON.stringify(last);
  throw new Error(`Not so after ${timeoutMs} ms; the last answer was: ${shown}`);
}

/**
 * Starts one more worker for this server, for tests that kill one. The caller ends it; it also
 * ends by itself with the test's process.
 */
export function spawnWorker(server: TestServer = testServer(), env: Record<string, string> = {}): ChildProcess {
  const main = path.resolve(__dirname, '../../dist/jobs/main.js');
  const log = openSync(server.logFile, 'a');
  const child = fork(main, { env: { ...server.env, ...env }, stdio: ['ignore', log, log, 'ipc'] });
  closeSync(log);
  return child;
}

function isRawBody(body: unknown): boolean {
  if (typeof body === 'string' || body instanceof Uint8Array || body instanceof FormData) return true;
  return body instanceof ReadableStream || body instanceof URLSearchParams || body instanceof Blob;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
