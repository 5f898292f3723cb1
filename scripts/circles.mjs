// Fails where files import each other in a circle, imports of types included: the lint rule of that name leaves them out,
// and whoever needs a type would still have to read all that is behind it.
import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { root } from './lib/project.mjs';

const FOLDERS = ['values', 'core', 'cloud', 'server', 'jobs', 'dashboard', 'launcher', 'test', 'scripts'];

const files = FOLDERS.flatMap((folder) =>
  fs
    .readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /(?<!\.d)\.m?ts$/.test(name))
    .map((name) => path.join(root, folder, name)),
);
const imports = new Map(files.map((file) => [file, importsOf(file)]));

/** @type {Map<string, 'open' | 'done'>} */
const seen = new Map();
const circles = files.flatMap((file) => circlesFrom(file, []));
for (const circle of circles) console.log(circle.map((file) => path.relative(root, file)).join(' -> '));
process.exit(circles.length ? 1 : 0);

/** @param {string} file */
function importsOf(file) {
  const { importedFiles } = ts.preProcessFile(fs.readFileSync(file, 'utf8'));
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith('.'))
    .map(({ fileName }) => path.join(path.dirname(file), fileName.replace(/\.mjs$/, '.mts')))
    .map((target) => (/\.m?ts$/.test(target) ? target : `${target}.ts`));
}

/**
 * Each import that leads back to a file on the way to it closes a circle.
 * @param {string} file
 * @param {string[]} way
 * @returns {string[][]}
 */
function circlesFrom(file, way) {
  if (seen.get(file) === 'open') return [[...way.slice(way.indexOf(file)), file]];
  if (seen.has(file)) return [];
  seen.set(file, 'open');
  const found = (imports.get(file) ?? []).flatMap((target) => circlesFrom(target, [...way, file]));
  seen.set(file, 'done');
  return found;
}
