import { randomUUID } from 'node:crypto';
import { uniqueEmail } from '../../factories/ids';
import { buildPerson, PASSWORD } from '../../factories/people';

const ADMIN = { email: 'admin@example.com', password: 'Admin-pass-1234' };
const APP = 'appbackend';
/** A class of the app's own. */
export const NOTE = 'FaultNote';
/** Longer than any answer may take, shorter than the outage. */
const PATIENCE_MS = 15_000;

export interface Door {
  name: string;
  /** A door that never asks the database answers as always. */
  needsDatabase: boolean;
  knock(): Promise<Knock>;
}

export interface Knock {
  status: number;
  retryAfter: string | null;
  /** The answer as it came. */
  text: string;
  ms: number;
}

export interface Target {
  url: string;
  masterKey: string;
}

interface Caller {
  token: string;
  refreshToken: string;
  session: string;
  file: string;
  cookie: string;
  csrf: string;
}

/** Signs in at every door while all is well, and names what is asked when it is not. */
export async function openDoors(target: Target): Promise<Door[]> {
  const caller = await signIn(target);
  const { url } = target;
  const json = { 'content-type': 'application/json' };
  const bearer = { ...json, authorization: `Bearer ${caller.token}` };
  const parse = { ...json, 'x-parse-application-id': APP };
  const session = { ...parse, 'x-parse-session-token': caller.session };
  const master = { ...parse, 'x-parse-master-key': target.masterKey };
  const days = 'start_date=2021-02-01&end_date=2021-02-28';
  const door = (name: string, method: string, path: string, headers: Headers, body?: unknown): Door => ({
    name,
    needsDatabase: true,
    knock: () => knock(url + path, { method, headers, ...(body === undefined ? {} : { body: textOf(body) }) }),
  });
  const free = (one: Door): Door => ({ ...one, needsDatabase: false });
  const event = { event_type: 'fault', properties: { n: 1 } };
  return [
    door('REST login', 'POST', '/api/auth/login', json, ADMIN),
    door('REST sign-up', 'POST', '/api/auth/register', json, buildPerson()),
    door('REST refresh', 'POST', '/api/auth/refresh', json, { refresh_token: caller.refreshToken }),
    door('REST operation', 'GET', '/api/users?limit=3', bearer),
    door('REST figures', 'GET', `/api/business/analytics/revenue?group_by=day&${days}`, { ...bearer, ...FRESH }),
    door('REST write', 'POST', '/api/users', { ...bearer, 'idempotency-key': randomUUID() }, buildPerson()),
    door('REST import', 'POST', '/api/data/process', bearer, { data_type: 'customers', data: [{ customer_id: 'c1' }] }),
    door('queue status', 'GET', '/api/queue/status', bearer),
    door('health', 'GET', '/health', {}),
    door('readiness', 'GET', '/health/ready', {}),
    free(door('liveness', 'GET', '/health/live', {})),
    free(door('integrations', 'GET', '/api/integrations/status', {})),
    free(door('metrics', 'GET', '/metrics', {})),
    door('Parse login', 'POST', '/parse/login', parse, { username: ADMIN.email, password: ADMIN.password }),
    door('Parse sign-up', 'POST', '/parse/users', parse, { username: uniqueEmail(), password: PASSWORD }),
    door('Parse find', 'GET', '/parse/classes/Event?limit=3', session),
    door('Parse find by the master key', 'GET', '/parse/classes/Event?limit=3', master),
    door('Parse count', 'GET', '/parse/classes/Event?limit=0&count=1', master),
    door('Parse save', 'POST', '/parse/classes/Event', session, event),
    door('Parse save by the master key', 'POST', `/parse/classes/${NOTE}`, master, { text: 'a' }),
    door('Parse schemas', 'GET', '/parse/schemas', master),
    door('Parse batch', 'POST', '/parse/batch', master, {
      requests: [1, 2].map((n) => ({ method: 'POST', path: `/parse/classes/${NOTE}`, body: { n } })),
    }),
    door('cloud function', 'POST', '/parse/functions/getRevenueAnalytics', session, {
      start_date: '2021-02-01',
      end_date: '2021-02-28',
    }),
    door('password reset', 'POST', '/parse/requestPasswordReset', parse, { email: ADMIN.email }),
    door('GraphQL', 'POST', '/graphql', session, { query: '{ events(first: 2) { edges { node { objectId } } } }' }),
    door('GraphQL by the master key', 'POST', '/graphql', master, { query: '{ events(first: 2) { count } }' }),
    door('file', 'GET', caller.file, session),
    door('file upload', 'POST', '/parse/files/note.txt', { ...session, 'content-type': 'text/plain' }, 'text'),
    door('dashboard sign-in', 'POST', '/dashboard/login', { cookie: caller.cookie, ...FORM }, formOf(caller)),
    door('dashboard', 'GET', '/dashboard/parse-dashboard-config.json', { cookie: caller.cookie }),
  ];
}

type Headers = Record<string, string>;
const FRESH = { 'cache-control': 'no-cache' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const textOf = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body));
const formOf = ({ csrf }: Caller): string =>
  new URLSearchParams({ _csrf: csrf, username: ADMIN.email, password: ADMIN.password }).toString();

/** All at once, as clients come. */
export async function knockAtAll(doors: readonly Door[]): Promise<Record<string, Knock>> {
  const answers = await Promise.all(doors.map(async ({ name, knock: ask }) => [name, await ask()] as const));
  return Object.fromEntries(answers);
}

export async function knock(url: string, init: RequestInit): Promise<Knock> {
  const startedAt = Date.now();
  try {
    const answer = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(PATIENCE_MS) });
    const text = await answer.text();
    return { status: answer.status, retryAfter: answer.headers.get('retry-after'), text, ms: Date.now() - startedAt };
  } catch (error) {
    return { status: 0, retryAfter: null, text: String(error), ms: Date.now() - startedAt };
  }
}

export async function tokenOf(url: string): Promise<string> {
  const body = JSON.stringify(ADMIN);
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/api/auth/login`, { method: 'POST', headers, body });
  return ((await answer.json()) as { access_token: string }).access_token;
}

async function signIn({ url, masterKey }: Target): Promise<Caller> {
  const post = async (path: string, headers: Headers, body: unknown): Promise<Record<string, string>> => {
    const answer = await fetch(url + path, { method: 'POST', headers, body: textOf(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Record<string, string>;
  };
  const json = { 'content-type': 'application/json' };
  const parse = { ...json, 'x-parse-application-id': APP };
  const className = { className: NOTE, fields: { text: { type: 'String' }, n: { type: 'Number' } } };
  await post(`/parse/schemas/${NOTE}`, { ...parse, 'x-parse-master-key': masterKey }, className).catch(() => undefined);
  const [tokens, others] = [await post('/api/auth/login', json, ADMIN), await post('/api/auth/login', json, ADMIN)];
  const user = await post('/parse/login', parse, { username: ADMIN.email, password: ADMIN.password });
  const session = user.sessionToken!;
  const upload = { ...parse, 'content-type': 'text/plain', 'x-parse-session-token': session };
  const file = await post('/parse/files/kept.txt', upload, 'kept');
  const page = await fetch(`${url}/dashboard/login`);
  const [, csrf] = /id="csrf"[^>]*>"([^"]+)"/.exec(await page.text()) ?? [];
  return {
    token: tokens.access_token!,
    // A refresh ends the session that it belongs to.
    refreshToken: others.refresh_token!,
    session,
    file: new URL(file.url!).pathname,
    cookie: page.headers.getSetCookie()[0]!.split(';')[0]!,
    csrf: csrf!,
  };
}
