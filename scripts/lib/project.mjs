import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root, wherever the command was called from. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

export const inRoot = (...parts) => path.join(root, ...parts);

export function hashOf(...texts) {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text).update('\0');
  return hash.digest('hex');
}

/** The file's text, or undefined when it is not there. */
export function readIfThere(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  }
}

export function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined; // absent, or cut by a crash: both mean "not known"
  }
}

/** A reader sees the old file or the new one, never half of it. */
export function writeAtomically(file, text, mode = 0o644) {
  const temporary = `${file}.${process.pid}.tmp`;
  fs.writeFileSync(temporary, text, { mode });
  fs.renameSync(temporary, file);
}

/** Like `mkdir -p`, which Node's own recursive mode runs for ever on in folders such as /proc. */
export function makeFolder(folder, mode = 0o777) {
  if (fs.existsSync(folder)) return;
  makeFolder(path.dirname(folder), mode);
  fs.mkdirSync(folder, { mode });
}

/** Reads .env beside package.json; a variable that is already set wins. */
export function loadDotEnv() {
  const file = inRoot('.env');
  if (fs.existsSync(file)) process.loadEnvFile(file);
}
