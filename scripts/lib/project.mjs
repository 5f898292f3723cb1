import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** The project's root, wherever the command was called from. */
export const root = folderOfPackage(import.meta.dirname);

/** The build puts a copy of this file below dist/ for the launcher, so the way up is not always the same. */
function folderOfPackage(/** @type {string} */ folder) {
  while (!fs.existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  return folder;
}

export const inRoot = (/** @type {string[]} */ ...parts) => path.join(root, ...parts);

export function hashOf(/** @type {string[]} */ ...texts) {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text).update('\0');
  return hash.digest('hex');
}

/**
 * The file's text, or undefined when it is not there.
 * @param {string} file
 */
export function readIfThere(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

/**
 * What the file holds; the caller knows what may be in it.
 * @param {string} file
 * @returns {any}
 */
export function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined; // absent, or cut by a crash: both mean "not known"
  }
}

/**
 * A reader sees the old file or the new one, never half of it.
 * @param {string} file
 * @param {string} text
 */
export function writeAtomically(file, text, mode = 0o644) {
  const temporary = `${file}.${process.pid}.tmp`;
  fs.writeFileSync(temporary, text, { mode });
  fs.renameSync(temporary, file);
}

/** Reads .env beside package.json; a variable that is already set wins. */
export function loadDotEnv() {
  const file = inRoot('.env');
  if (fs.existsSync(file)) process.loadEnvFile(file);
}

/**
 * The code of an error of the system, such as ENOENT, or of the database's.
 * @param {unknown} error
 * @returns {string | undefined}
 */
export function codeOf(error) {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === undefined ? undefined : String(code);
}
