import type { ChildProcess } from 'node:child_process';
import { startExtraServer, type ExtraServer } from '../../frame/support/extra-server';
import { ADMIN, spawnWorker, testServer, waitFor, type Answer } from '../../harness/app';
import { startPlain, type Side } from '../../parity/support/servers';

/** The class of the app that both servers have. */
export const NOTE = 'SyncNote';

/** A server of ours, and a plain Parse Server that it is kept in step with. */
export interface Pair {
  ours: ExtraServer;
  plain: Side;
  here(method: string, route: string, body?: unknown): Promise<Answer>;
  there(method: string, route: string, body?: unknown): Promise<Answer>;
  call(route: string, body: unknown): Promise<Answer>;
  admin(method: string, route: string, body?: unknown): Promise<Answer>;
  startWorker(): ChildProcess;
  stop(): Promise<void>;
}

export async function startPair(settings: Record<string, string> = {}): Promise<Pair> {
  const plain = await startPlain({ allowCustomObjectId: true });
  const ours = await startExtraServer({
    PARSE_SERVER_URL: `${plain.url}/parse`,
    PARSE_SERVER_MASTER_KEY: plain.masterKey,
    ...settings,
  });
  const workers: ChildProcess[] = [];
  const login = await ours.api('POST', '/api/auth/login', { body: ADMIN });
  const token: string = login.body.access_token;
  const admin = (method: string, route: string, body?: unknown): Promise<Answer> =>
    ours.api(method, route, { token, ...(body === undefined ? {} : { body }) });
  const parse =
    (url: string, masterKey: string) =>
    async (method: string, route: string, body?: unknown): Promise<Answer> => {
      const response = await fetch(`${url}/parse${route}`, {
        method,
        headers: {
          'Content-Type': 'application/json',
          'X-Parse-Application-Id': 'appbackend',
          'X-Parse-Master-Key': masterKey,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, headers: response.headers, body: await response.json() };
    };
  return {
    ours,
    plain,
    admin,
    here: parse(ours.url, ours.env['PARSE_MASTER_KEY']!),
    there: parse(plain.url, plain.masterKey),
    call: (route, body) => admin('POST', `/api/integrations${route}`, body),
    startWorker() {
      const worker = spawnWorker(testServer(), ours.env);
      workers.push(worker);
      return worker;
    },
    async stop() {
      for (const worker of workers) worker.kill('SIGKILL');
      await ours.stop();
      await plain.stop();
    },
  };
}

/** Makes the class on both. */
export async function makeClass({ here, there }: Pair, className = NOTE): Promise<void> {
  const open = { '*': true };
  const classLevelPermissions = { find: open, get: open, count: open, create: open, update: open, delete: open };
  const fields = {
    title: { type: 'String' },
    n: { type: 'Number' },
    parent: { type: 'Pointer', targetClass: className },
  };
  for (const send of [here, there]) {
    const { status, body } = await send('POST', `/schemas/${className}`, { className, fields, classLevelPermissions });
    if (status !== 200) throw new Error(JSON.stringify(body));
  }
}

/** Rows made by batches of fifty. */
export async function makeRows(send: Pair['here'], prefix: string, count: number): Promise<void> {
  for (let start = 0; start < count; start += 50) {
    const requests = Array.from({ length: Math.min(50, count - start) }, (_, n) => ({
      method: 'POST',
      path: `/parse/classes/${NOTE}`,
      body: { title: `${prefix}${start + n}`, n: start + n },
    }));
    const { body } = await send('POST', '/batch', { requests });
    if (!body.every((one: { success?: unknown }) => one.success)) throw new Error(JSON.stringify(body));
  }
}

export async function runSync(pair: Pair, body: object = {}): Promise<any> {
  const started = await pair.call('/sync', { service: 'parse', entities: [NOTE], direction: 'both', ...body });
  if (started.status !== 202) throw new Error(JSON.stringify(started.body));
  return ended(pair, started.body.job_id);
}

export function ended(pair: Pair, jobId: string): Promise<any> {
  return waitFor(
    async () => {
      const { body } = await pair.admin('GET', `/api/data/status/${jobId}`);
      return ['completed', 'failed', 'cancelled'].includes(body.status) && body;
    },
    { timeoutMs: 120_000 },
  );
}
