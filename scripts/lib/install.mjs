import fs from 'node:fs';
import path from 'node:path';
import { inRoot, hashOf, readIfThere, readJson, root, writeAtomically } from './project.mjs';
import { run } from './run.mjs';
import { StartError, withTicks } from './say.mjs';

/** @typedef {'full' | 'production'} Mode */

const STAMP = inRoot('node_modules/.prepared');
const TREE = inRoot('node_modules/.package-lock.json'); // npm's own record of what is installed
const KEPT_NPM_CONFIG =
  /^npm_config_(cache|registry|userconfig|globalconfig|(https?_|no)?proxy|noproxy|ca|cafile|strict_ssl)$/i;

/**
 * Whether node_modules holds what the lockfile says. `full` (with dev) satisfies `production` too.
 * @param {Mode} mode
 */
export function isInstalled(mode) {
  const tree = readIfThere(TREE);
  if (tree === undefined) return false;
  const stamp = readJson(STAMP);
  if (stamp?.key === key() && stamp.tree === hashOf(tree)) return stamp.mode === 'full' || stamp.mode === mode;
  // No stamp of ours, or npm was run by hand since: compare what is there.
  const found = /** @type {const} */ (['full', 'production']).find(satisfiesLockfile);
  if (found) writeStamp(found);
  return found === 'full' || found === mode;
}

/**
 * Brings node_modules up to the lockfile. Call it under the preparation lock.
 * @param {Mode} mode
 */
export async function install(mode) {
  if (isInstalled(mode)) return;
  const what = mode === 'full' ? 'all packages' : 'packages';
  await withTicks(`Installing ${what} from package-lock.json (about a minute, once)`, () => npmCi(mode));
  writeStamp(mode);
}

function key() {
  const lockfile = readIfThere(inRoot('package-lock.json')) ?? '';
  return hashOf(lockfile, String(parseInt(process.versions.node)), process.platform, process.arch);
}

/** @param {Mode} mode */
function writeStamp(mode) {
  const stamp = { key: key(), mode, tree: hashOf(readIfThere(TREE) ?? '') };
  try {
    writeAtomically(STAMP, JSON.stringify(stamp));
  } catch {
    // A read-only project (an image, another owner) is compared again at each start.
  }
}

/**
 * Compares npm's record with the lockfile, so that an `npm ci` made by hand is accepted.
 * @param {Mode} mode
 */
function satisfiesLockfile(mode) {
  /** @type {Record<string, { version?: string, integrity?: string, optional?: true, devOptional?: true, dev?: true }> | undefined} */
  const wanted = readJson(inRoot('package-lock.json'))?.packages;
  const found = readJson(TREE)?.packages;
  if (!wanted || !found) return false;
  return Object.entries(wanted).every(([name, entry]) => {
    if (!name || entry.optional || entry.devOptional) return true;
    if (entry.dev && mode === 'production') return true;
    const have = found[name];
    return have?.version === entry.version && have?.integrity === entry.integrity && fs.existsSync(inRoot(name));
  });
}

/** @param {Mode} mode */
async function npmCi(mode) {
  const flags = mode === 'full' ? ['--include=dev'] : ['--omit=dev'];
  const [command, ...before] = npmCommand();
  const result = await run(command, [...before, 'ci', ...flags], {
    cwd: root,
    env: npmEnv(),
    stdio: ['ignore', 'inherit', 'inherit'],
  }).catch(() => ({ code: 1 }));
  if (result.code !== 0) {
    throw new StartError(
      `npm ci failed (see above; exit code ${result.code}). Check the network and run the command again.`,
    );
  }
}

/** @returns {[string, ...string[]]} */
function npmCommand() {
  const given = process.env.npm_execpath;
  if (given && /npm-cli\.c?js$/.test(given)) return [process.execPath, given];
  const beside = path.resolve(path.dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js');
  return fs.existsSync(beside) ? [process.execPath, beside] : ['npm'];
}

/** The outer npm's variables describe `npm start`; the nested one must not take them for its own. */
function npmEnv() {
  const entries = Object.entries(process.env).filter(([name]) => {
    if (/^npm_(lifecycle_|package_|command$)/.test(name)) return false;
    return !/^npm_config_/i.test(name) || KEPT_NPM_CONFIG.test(name);
  });
  return Object.fromEntries(entries);
}
