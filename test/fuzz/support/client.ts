import { Pool } from 'undici';
import { testServer } from '../../harness/app';

const CONCURRENCY = 8;
const SLOW_MS = 1000;

export interface Shot {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Shown when something is wrong with the answer. */
  about: string;
}

export interface Hit {
  shot: Shot;
  status: number;
  text: string;
  ms: number;
}

/** Fires all shots, some at a time, and gives the answers that `judge` finds fault with. */
export async function volley(
  shots: readonly Shot[],
  judge: (hit: Hit) => string | undefined = notBroken,
): Promise<string[]> {
  const pool = new Pool(testServer().url, { connections: CONCURRENCY, headersTimeout: 30_000 });
  const faults: string[] = [];
  let next = 0;
  const shooter = async (): Promise<void> => {
    for (let shot = shots[next++]; shot; shot = shots[next++]) {
      const fault = await fire(pool, shot).then(judge, (error: unknown) => `no answer: ${String(error)}`);
      if (fault && faults.length < 20)
        faults.push(`${shot.method} ${shot.path.slice(0, 120)} (${shot.about}): ${fault}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: CONCURRENCY }, shooter));
  } finally {
    await pool.close();
  }
  return faults;
}

/** The rule of all fuzzing: whatever comes, it is not the server that is at fault. A service that has no key may be asked for. */
export function notBroken({ status, text }: Hit): string | undefined {
  if (status === 503 && text.includes('INTEGRATION_NOT_CONFIGURED')) return undefined;
  return status >= 500 ? `${status} ${text.slice(0, 300)}` : undefined;
}

async function fire(pool: Pool, shot: Shot): Promise<Hit> {
  const { method, path, headers, body } = shot;
  const startedAt = performance.now();
  const answer = await pool.request({ method, path, headers: headers ?? {}, ...(body === undefined ? {} : { body }) });
  const text = await answer.body.text();
  const ms = performance.now() - startedAt;
  if (ms > SLOW_MS) slow.set(`${method} ${path.split('?')[0]!.slice(0, 60)}`, Math.round(ms));
  return { shot, status: answer.statusCode, text, ms };
}

const slow = new Map<string, number>();

/** Printed, not asserted: a busy machine is no fault of the server. */
export function reportSlow(): void {
  if (slow.size) console.warn(`Slower than ${SLOW_MS} ms: ${JSON.stringify(Object.fromEntries(slow))}`);
  slow.clear();
}

/** Still the process that the run began with. @throws Error when it is gone */
export async function expectAlive(): Promise<void> {
  process.kill(testServer().webPid, 0);
  const answer = await fetch(new URL('/health/live', testServer().url));
  expect(answer.status).toBe(200);
}
