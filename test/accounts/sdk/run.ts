import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import { testServer } from '../../harness/app';
import { PASSWORD } from '../../factories/people';

/** Runs a task of app.cjs in a process of its own: the SDK keeps its settings in one global object. */
export async function runApp(
  task: string,
  server: { url: string; env: Record<string, string> } = testServer(),
): Promise<any> {
  const settings = {
    url: `${server.url}/parse`,
    appId: server.env['PARSE_APP_ID'] ?? 'appbackend',
    unique: randomUUID().slice(0, 8),
    password: PASSWORD,
  };
  const script = path.join(__dirname, 'app.cjs');
  const { stdout } = await promisify(execFile)(process.execPath, [script, task, JSON.stringify(settings)]);
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}
