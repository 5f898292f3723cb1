import { fork } from 'node:child_process';
import path from 'node:path';
import { compare, type Verdict } from './compare';
import type { Side } from './servers';

const LIMIT_MS = 90_000;

/** Asks both servers all SDK questions, each from a process of its own, at the same time. */
export async function askSdk(plain: Side, ours: Side): Promise<Verdict[]> {
  const [theirs, mine] = await Promise.all([runSdk(plain), runSdk(ours)]);
  return [...theirs].map(([name, body]) => {
    const reply = (of: unknown) => [{ status: 0, headers: {}, body: of }];
    const verdict = compare(
      `SDK: ${name}`,
      {},
      { side: plain, replies: reply(body) },
      { side: ours, replies: reply(mine.get(name)) },
    );
    const { failed, code } = mine.get(name) as { failed?: boolean; code?: number };
    return { ...verdict, summary: failed ? `error ${code}` : 'value' };
  });
}

async function runSdk(side: Side): Promise<Map<string, unknown>> {
  const answers = new Map<string, unknown>();
  const { name, url, masterKey, names } = side;
  const child = fork(path.join(__dirname, 'sdk-runner.cjs'), {
    env: { PATH: process.env.PATH, PARITY_SIDE: JSON.stringify({ name, url, masterKey, names }) },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const isDone = await new Promise<boolean>((resolve) => {
    child.on('message', (message: { type?: string; name: string; body: unknown }) => {
      if (message.type === 'done') resolve(true);
      else answers.set(message.name, message.body);
    });
    child.once('exit', () => resolve(false));
  });
  clearTimeout(timer);
  if (child.connected) child.disconnect();
  if (!isDone)
    throw new Error(`The SDK did not end with ${name}, after ${answers.size} answers. It printed:\n${output}`);
  return answers;
}
