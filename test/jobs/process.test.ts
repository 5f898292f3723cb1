import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const folder = mkdtempSync(path.join(os.tmpdir(), 'appbackend-process-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

interface Started {
  child: ChildProcess;
  /** What the process noted, a line each. */
  notes(): string[];
  ready: unknown;
  ended: Promise<unknown[]>;
}

async function start(drainMs = 0, act = ''): Promise<Started> {
  const file = path.join(folder, `notes${(files += 1)}`);
  const child = fork(path.join(__dirname, 'support/process-child.ts'), [file, String(drainMs), act], {
    execArgv: ['-r', path.join(__dirname, 'support/register-typescript.cjs')],
    env: { ...process.env, NODE_OPTIONS: '', DATABASE_URI: 'postgres://localhost/none', LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const [ready] = (await once(child, 'message')) as unknown[];
  return { child, ready, ended, notes: () => readFileSync(file, 'utf8').trim().split('\n') };
}

const DRAINED = ['last part', 'drain draining', 'first part done'];

describe('the end of a process', () => {
  it('is drained on SIGTERM, all parts in reverse order, even after one failed', async () => {
    const { child, ready, ended, notes } = await start();
    expect(ready).toEqual({ type: 'ready', port: 7 });
    child.kill('SIGTERM');
    expect(await ended).toEqual([1, null]);
    expect(notes()).toEqual(DRAINED);
  });

  it("is drained on the launcher's word", async () => {
    const { child, ended, notes } = await start();
    child.send({ type: 'shutdown' });
    await ended;
    expect(notes()).toEqual(DRAINED);
  });

  it('is drained when the launcher is gone', async () => {
    const { child, ended, notes } = await start();
    child.disconnect();
    await ended;
    expect(notes()).toEqual(DRAINED);
  });

  it('does not come by Ctrl-C while a launcher decides', async () => {
    const { child, ended } = await start();
    child.kill('SIGINT');
    child.kill('SIGHUP');
    await sleep(300);
    expect(child.exitCode ?? child.signalCode).toBeNull();
    child.send({ type: 'shutdown' });
    await ended;
  });

  it('is drained after a rejection that nobody listens to, with code 1', async () => {
    const { ended, notes } = await start(0, 'reject');
    expect(await ended).toEqual([1, null]);
    expect(notes()).toEqual(DRAINED);
  });

  it('is not hurried by the same signal twice, but by a second one later', async () => {
    const { child, ended, notes } = await start(10_000);
    child.kill('SIGTERM');
    await sleep(50);
    child.kill('SIGTERM');
    await sleep(700);
    expect(child.exitCode).toBeNull();
    const hurriedAt = Date.now();
    child.kill('SIGTERM');
    expect(await ended).toEqual([1, null]);
    expect(Date.now() - hurriedAt).toBeLessThan(3000);
    expect(notes()).not.toContain('first part done');
  });
});
