import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePort, freePorts } from '#launcher/ports.mjs';
import { hashOf, inRoot, readIfThere } from '../../scripts/lib/project.mjs';
import { run } from '../../scripts/lib/run.mjs';
import { sleep, withTicks } from '../../scripts/lib/say.mjs';

/** As many as jest.config.cjs has workers. */
const STAND_INS = 2;

/** @typedef {{ url: string, name: string, stop: () => Promise<void> }} Backing */
/** @typedef {{ reason: string }} Absent */

/** @returns {Promise<Backing | Absent>} */
export async function findRedis() {
  const given = process.env.REDIS_TEST_URL;
  if (given) return { url: given, name: 'Redis of REDIS_TEST_URL', stop: async () => {} };
  if (!isOnPath('redis-server')) return { reason: 'no redis-server on PATH, and REDIS_TEST_URL is not set' };
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'yes'];
  args.push('--maxmemory-policy', 'noeviction');
  return startServer('redis-server', (folder) => [...args, '--dir', folder], {
    port,
    name: 'redis-server on this machine',
    readyText: 'Ready to accept connections',
    scheme: 'redis',
  });
}

/** @returns {Promise<Backing | Absent>} */
export async function findMongo() {
  const given = process.env.MONGODB_TEST_URL;
  if (given) return { url: given, name: 'MongoDB of MONGODB_TEST_URL', stop: async () => {} };
  if (isOnPath('mongod')) {
    const port = await freePort();
    const args = (/** @type {string} */ folder) => ['--port', `${port}`, '--bind_ip', '127.0.0.1', '--dbpath', folder];
    const facts = { port, name: 'mongod on this machine', readyText: 'Waiting for connections', scheme: 'mongodb' };
    return startServer('mongod', args, facts);
  }
  if (!isOnPath('java') || !isOnPath('mvn')) {
    return { reason: 'neither mongod nor java with mvn on PATH, and MONGODB_TEST_URL is not set' };
  }
  return startStandIn();
}

/** A server for each Jest worker of a usual run: one takes one command at a time. */
async function startStandIn() {
  const ports = await freePorts(STAND_INS);
  const home = inRoot('tools/mongo-stand-in');
  const pom = path.join(home, 'pom.xml');
  const libraries = inRoot('dist/.mongo-stand-in', hashOf(readIfThere(pom) ?? '').slice(0, 12));
  if (!fs.existsSync(libraries)) {
    const temporary = `${libraries}.${process.pid}`;
    const args = ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${temporary}`];
    const result = await withTicks('Fetching the MongoDB stand-in with Maven', () => run('mvn', args));
    if (result.code !== 0) return { reason: `mvn failed: ${result.output.trim().split('\n')[0]}` };
    fs.renameSync(temporary, libraries);
  }
  const facts = { ports, name: 'mongo-java-server, a stand-in in memory', readyText: 'ready', scheme: 'mongodb' };
  const args = ['-cp', `${libraries}/*`, path.join(home, 'Launcher.java'), ...ports.map(String)];
  return startServer('java', () => args, facts);
}

/**
 * @param {string} command
 * @param {(folder: string) => string[]} argsFor
 * @param {{ port?: number, ports?: number[], name: string, readyText: string, scheme: string }} facts
 * @returns {Promise<Backing | Absent>}
 */
async function startServer(command, argsFor, { port, ports = [Number(port)], name, readyText, scheme }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'appbackend-backing-'));
  const child = spawn(command, argsFor(folder), { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => child.once('close', resolve).once('error', resolve));
  process.once('exit', () => {
    child.kill('SIGKILL');
    fs.rmSync(folder, { recursive: true, force: true });
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => (output = (output + chunk).slice(-20_000)));
  const stop = async () => {
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(killer);
    fs.rmSync(folder, { recursive: true, force: true });
  };
  const isUp = async () => {
    for (let round = 0; round < 600 && child.exitCode === null; round += 1) {
      if (output.includes(readyText)) return true;
      await sleep(100);
    }
    return false;
  };
  if (await isUp()) return { url: ports.map((each) => `${scheme}://127.0.0.1:${each}`).join(' '), name, stop };
  await stop();
  return { reason: `${command} did not start: ${output.trim().split('\n').at(-1)}` };
}

/** @param {string} command */
function isOnPath(command) {
  return spawnSync('/bin/sh', ['-c', 'command -v "$1"', 'sh', command], { stdio: 'ignore' }).status === 0;
}
