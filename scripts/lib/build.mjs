import fs from 'node:fs';
import path from 'node:path';
import { hashOf, inRoot, readIfThere, root, writeAtomically } from './project.mjs';
import { run } from './run.mjs';
import { StartError, say, withTicks } from './say.mjs';

const SOURCES = ['values', 'core', 'cloud', 'server', 'jobs', 'dashboard', 'launcher', 'scripts'];
const STAMP = inRoot('dist/.built');

/** Whether dist/ was made from exactly the sources that are here now. */
export function isBuilt() {
  return readIfThere(STAMP) === sourceHash();
}

/**
 * Compiles into dist/. Call it under the preparation lock.
 * With `lenient`, type errors are printed and the emitted files are used all the same.
 */
export async function build({ lenient = false } = {}) {
  const hash = sourceHash(); // taken before: what changes meanwhile is built the next time
  if (readIfThere(STAMP) === hash) return;
  // Without the stamp dist/ may be half there, and tsc would trust its own record of it.
  if (!fs.existsSync(STAMP)) fs.rmSync(inRoot('dist/.tsbuildinfo'), { force: true });
  const tsc = inRoot('node_modules/typescript/bin/tsc');
  const result = await withTicks('Compiling', () =>
    run(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--pretty', 'false'], { cwd: root }),
  );
  if (result.code !== 0) {
    say(result.output.trimEnd());
    if (!lenient) throw new StartError('The sources do not compile; see the messages above.');
    return;
  }
  removeOutputsWithoutSource(inRoot('dist'));
  writeAtomically(STAMP, hash);
}

function sourceHash() {
  const files = SOURCES.flatMap((folder) => sourceFiles(inRoot(folder))).sort();
  const configs = ['tsconfig.json', 'tsconfig.build.json'].map((name) => inRoot(name));
  return hashOf(...[...configs, ...files].flatMap((file) => [path.relative(root, file), readIfThere(file) ?? '']));
}

/** @param {string} folder */
function sourceFiles(folder) {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(m?ts|mjs|json)$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
}

/**
 * A renamed source would otherwise leave its old output behind, still loadable.
 * @param {string} dist
 */
function removeOutputsWithoutSource(dist) {
  for (const entry of fs.readdirSync(dist, { withFileTypes: true, recursive: true })) {
    const file = path.join(entry.parentPath ?? entry.path, entry.name);
    const output = /\.(m?)js(\.map)?$/.exec(file);
    if (!entry.isFile() || !output) continue;
    const source = path.join(root, path.relative(dist, file.slice(0, output.index)));
    // Scripts that the launcher shares are plain JavaScript, and copied.
    const isKept = [`.${output[1]}ts`, '.mjs'].some((ending) => fs.existsSync(source + ending));
    if (!isKept) fs.rmSync(file);
  }
}
