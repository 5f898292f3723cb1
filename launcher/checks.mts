import fs from 'node:fs';
import path from 'node:path';
import { makeFolder } from './folders.mjs';
import { bindProblem } from './ports.mjs';
import { waitForEnd } from './processes.mjs';
import { codeOf, root } from '../scripts/lib/project.mjs';
import { readRunFile } from './run-file.mjs';
import { StartError, say } from '../scripts/lib/say.mjs';

/** The data folder, absolute, made if it is missing, proven writable. */
export function checkDataDir(given = process.env.DATA_DIR || '.data'): string {
  const dataDir = path.resolve(root, given);
  const probe = path.join(dataDir, `.probe.${process.pid}`);
  try {
    // 711: the database's user may have to walk through it, but not list it.
    makeFolder(dataDir, 0o711);
    fs.writeFileSync(probe, '');
    fs.rmSync(probe);
  } catch (error) {
    throw new StartError(
      `The data folder ${dataDir} is not writable (${codeOf(error)}). ` +
        'Give this user the right to write there, or set DATA_DIR to another folder.',
    );
  }
  return fs.realpathSync(dataDir);
}

/** Proves that the port can be bound. A predecessor that is still draining gets its time. */
export async function checkPort(dataDir: string): Promise<number> {
  const port = readPort();
  const host = (process.env.HOST || '0.0.0.0').replace(/^\[(.*)\]$/, '$1');
  const before = readRunFile(dataDir);
  if (before?.running) {
    throw new StartError(
      `AppBackend is already running on ${dataDir} (process ${before.pid}, port ${before.port}). ` +
        'Stop it first, or set PORT and DATA_DIR to start a second one.',
    );
  }
  let code = await bindProblem(port, host);
  if (code === 'EADDRINUSE' && before?.port === port) {
    // Its launcher was killed; the children end by themselves once their requests are answered.
    say('The previous run is still ending; waiting for it …');
    await waitForEnd(before.children ?? [], 20_000);
    code = await bindProblem(port, host);
  }
  if (code) throw new StartError(portMessage(code, port, host));
  return port;
}

function readPort(): number {
  const text = process.env.PORT || '3000';
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65536) return port;
  throw new StartError(`PORT must be a number from 1 to 65535, not "${text}".`);
}

function portMessage(code: string, port: number, host: string): string {
  if (code === 'EADDRINUSE') {
    return `Port ${port} is taken. Stop what uses it, or choose another: PORT=${(port % 65535) + 1} npm start`;
  }
  if (code === 'EACCES') return `This user may not open port ${port}. Choose one above 1023: PORT=3000 npm start`;
  return `Cannot listen on ${host}:${port} (${code}). Check HOST and PORT.`;
}
