import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { freePorts } from '#launcher/ports.mjs';

/**
 * A Redis of our own when the program is there, durable as in production (AOF).
 * @param {string} folder
 */
export async function startRedis(folder) {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const [port] = await freePorts(1);
  const flags = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--appendonly',
    'yes',
    '--save',
    '',
    '--dir',
    folder,
    '--maxmemory-policy',
    'noeviction',
  ];
  const child = spawn('redis-server', flags, { stdio: 'ignore', cwd: path.resolve(folder) });
  await new Promise((resolve) => setTimeout(resolve, 500));
  return { url: `redis://127.0.0.1:${port}/1`, stop: () => child.kill() };
}
