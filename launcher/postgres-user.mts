import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { hashOf, readIfThere } from '../scripts/lib/project.mjs';
import { StartError, say } from '../scripts/lib/say.mjs';

/** An account to run the database as; undefined: the one that runs us. */
export type User = { uid: number; gid: number } | undefined;

/**
 * PostgreSQL refuses to run as root, so root lends it another account: the owner of data that is
 * there already, else `postgres`, else `nobody`. Nobody is created. Undefined when not root.
 */
export function chooseUser(existingData: string): User {
  if (process.getuid?.() !== 0) return undefined;
  const owner = fs.statSync(existingData, { throwIfNoEntry: false });
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const user = accountOf('postgres') ?? accountOf('nobody');
  if (user) return user;
  throw new StartError(
    'PostgreSQL cannot run as root, and there is neither a user "postgres" nor "nobody". ' +
      'Start as an ordinary user, or set MONGODB_URL or DATABASE_URI.',
  );
}

function accountOf(name: string): User {
  const line = (readIfThere('/etc/passwd') ?? '').split('\n').find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = (line ?? '').split(':').map(Number);
  return uid && gid !== undefined ? { uid, gid } : undefined;
}

/** Options for spawn: the account, an environment without ours, a folder everybody can stand in. */
export function asUser(user: User) {
  const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC' };
  return { ...(user ?? {}), env, cwd: '/' };
}

export function own(file: string, user: User): void {
  if (user) fs.chownSync(file, user.uid, user.gid);
}

/**
 * The folder for the database's files: DATA_DIR, where the user can walk to it; else one outside,
 * as when root's project lies in a home that is closed to others.
 */
export function stateFolder(dataDir: string, user: User): string {
  if (!user) return dataDir;
  if (!canEnter(dataDir, user)) openForWalking(dataDir);
  if (canEnter(dataDir, user)) return dataDir;
  const name = `appbackend-${hashOf(dataDir).slice(0, 12)}`;
  for (const parent of ['/var/lib', '/var/tmp']) {
    const folder = path.join(parent, name);
    if (!makeOwnFolder(folder) || !canEnter(folder, user)) continue;
    say(`The database's user cannot enter ${dataDir}: its files are in ${folder}. Back up and delete both together.`);
    return folder;
  }
  throw new StartError(
    `The database's user cannot enter ${dataDir}. Set DATA_DIR to a folder that others may enter, ` +
      'or set MONGODB_URL or DATABASE_URI.',
  );
}

function canEnter(folder: string, user: User): boolean {
  const result = spawnSync('/bin/sh', ['-c', 'test -x "$1"', 'sh', folder], { ...asUser(user), stdio: 'ignore' });
  return result.status === 0;
}

function openForWalking(folder: string): void {
  fs.chmodSync(folder, (fs.statSync(folder).mode & 0o777) | 0o011);
}

/** /var/tmp is open to all, so a folder that somebody else put there is not ours to use. */
function makeOwnFolder(folder: string): boolean {
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o711 });
    return fs.lstatSync(folder).isDirectory() && fs.statSync(folder).uid === process.getuid?.();
  } catch {
    return false;
  }
}
