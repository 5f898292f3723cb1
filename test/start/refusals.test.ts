import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { freePort } from '../harness/free-port';
import { cleanUp, newDataDir, startLauncher } from './support/launcher';

let dataDir: string;
beforeEach(() => (dataDir = newDataDir()));
afterEach(() => cleanUp(dataDir, []));

async function refusal(options: { port?: number; dataDir?: string; env?: object; nodeArgs?: string[] }) {
  const launcher = startLauncher({ dataDir, port: options.port ?? (await freePort()), ...options });
  const code = await launcher.exited;
  const lines = launcher.output().trim().split('\n');
  return { code, message: lines.at(-1) ?? '', lines };
}

test('says which Node it needs when this one is too old', async () => {
  const preload = path.join(dataDir, 'old.cjs');
  writeFileSync(preload, "Object.defineProperty(process.versions, 'node', { value: '20.18.3' });");
  const { code, lines } = await refusal({ nodeArgs: ['--require', preload] });
  expect(code).toBe(1);
  expect(lines).toEqual([expect.stringContaining('Node 20.18.3 is too old: install Node 20.19.0')]);
});

test('names the port that is taken, and another to use', async () => {
  const port = await freePort();
  const other = net.createServer().listen(port, '127.0.0.1');
  const { code, lines } = await refusal({ port });
  other.close();
  expect(code).toBe(1);
  expect(lines).toEqual([`Port ${port} is taken. Stop what uses it, or choose another: PORT=${port + 1} npm start`]);
});

test('refuses a port that is no number', async () => {
  const { code, message } = await refusal({ env: { PORT: 'abc' } });
  expect({ code, message }).toEqual({ code: 1, message: 'PORT must be a number from 1 to 65535, not "abc".' });
});

test('names a data folder that it cannot write to', async () => {
  // Below a file no folder can be made, not even by root.
  const file = path.join(dataDir, 'file');
  writeFileSync(file, '');
  const { code, lines } = await refusal({ dataDir: path.join(file, 'data') });
  expect(code).toBe(1);
  expect(lines).toEqual([expect.stringMatching(/^The data folder .* is not writable \(ENOTDIR\)\. .*DATA_DIR/)]);
});

test('asks for a database in production', async () => {
  const { code, message } = await refusal({ env: { NODE_ENV: 'production' } });
  expect(code).toBe(1);
  expect(message).toMatch(/^Production needs a database of its own: set MONGODB_URL/);
});

test('leaves a foreign or broken database folder alone and says what to do', async () => {
  mkdirSync(path.join(dataDir, 'pg'));
  writeFileSync(path.join(dataDir, 'pg/something'), 'precious');
  const { code, message } = await refusal({});
  expect(code).toBe(1);
  expect(message).toMatch(/is not a complete database folder\..* mv /);
  expect(existsSync(path.join(dataDir, 'pg/something'))).toBe(true);
});
