import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { freePort } from './ports.mjs';
import { asUser, own, type User } from './postgres-user.mjs';
import { readIfThere, readJson, writeAtomically } from '../scripts/lib/project.mjs';
import { run } from '../scripts/lib/run.mjs';
import { StartError, withTicks } from '../scripts/lib/say.mjs';

const MAJOR = '18';

/** What pg.json keeps. */
interface Secret {
  port: number;
  password: string;
}

/** `state`: the folder of the database's files; `native`: that of the programs. */
interface Place {
  state: string;
  native: string;
  user: User;
  quick: boolean;
}

/**
 * Makes sure that `state/pg` is a complete data folder whose password we know.
 * It is made beside and renamed, so a crash on the way leaves only rubbish to remove.
 */
export async function ensureCluster({ state, native, user, quick }: Place): Promise<Secret & { data: string }> {
  const data = path.join(state, 'pg');
  removeLeftovers(state);
  const secretFile = path.join(state, 'pg.json');
  const kept = readJson(secretFile) as Secret | undefined;
  const known = kept?.password ? kept : undefined;
  const secret = known ?? { port: await freePort(), password: randomBytes(24).toString('hex') };
  if (!known) {
    // Before initdb: a cluster whose password nobody knows would be of no use.
    writeAtomically(secretFile, JSON.stringify(secret), 0o600);
  }
  if (isComplete(data)) {
    if (!known) resetPassword({ data, native, user, password: secret.password });
  } else {
    await withTicks('Making the database', () => initialise({ state, data, native, user, quick, secret }));
  }
  return { data, ...secret };
}

/** The saved port is a wish: it moves when somebody else took it meanwhile. */
export function savePort(state: string, secret: Secret): void {
  writeAtomically(path.join(state, 'pg.json'), JSON.stringify({ port: secret.port, password: secret.password }), 0o600);
}

/** What a start that was cut short left behind. Safe: the caller holds pg.lock, so nobody works on it. */
function removeLeftovers(state: string): void {
  const leftovers = fs.readdirSync(state).filter((name) => /^pg\.(init|pw|copy)\.\d+$/.test(name));
  leftovers.forEach((name) => fs.rmSync(path.join(state, name), { recursive: true, force: true }));
}

function isComplete(data: string): boolean {
  if (!fs.existsSync(data)) return false;
  if (fs.readdirSync(data).length === 0) {
    fs.rmdirSync(data);
    return false;
  }
  const major = readIfThere(path.join(data, 'PG_VERSION'))?.trim();
  if (!major || !fs.existsSync(path.join(data, 'global/pg_control'))) {
    throw new StartError(
      `${data} is not a complete database folder. Put its backup back, or move it away to start empty: mv ${data} ${data}.broken`,
    );
  }
  if (major === MAJOR) return true;
  throw new StartError(
    `${data} belongs to PostgreSQL ${major}; this version runs ${MAJOR}. Dump it with the old one, or move it away.`,
  );
}

async function initialise(place: Place & { data: string; secret: Secret }): Promise<void> {
  const { state, data, native, user, quick, secret } = place;
  const fresh = path.join(state, `pg.init.${process.pid}`);
  const passwordFile = path.join(state, `pg.pw.${process.pid}`);
  try {
    fs.mkdirSync(fresh, { mode: 0o700 });
    own(fresh, user);
    fs.writeFileSync(passwordFile, secret.password, { mode: 0o600 });
    own(passwordFile, user);
    const args = ['-D', fresh, '-U', 'app', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
    args.push('--encoding=UTF8', '--locale=C.UTF-8', ...(quick ? ['--no-sync'] : []));
    // Detached: Ctrl-C in the terminal must not leave half of it.
    const result = await run(path.join(native, 'bin/initdb'), args, { ...asUser(user), detached: true });
    if (result.code !== 0) throw new StartError(initdbMessage(result.output));
    fs.renameSync(fresh, data);
  } finally {
    fs.rmSync(passwordFile, { force: true });
    fs.rmSync(fresh, { recursive: true, force: true });
  }
}

function initdbMessage(output: string): string {
  const lines = output
    .trim()
    .split('\n')
    .filter((line) => /error|fatal|could not/i.test(line));
  const why = lines[0] ?? output.trim().split('\n').at(-1);
  const hint = /effective user ID/.test(output) ? 'This user has no entry in /etc/passwd. ' : '';
  return `The embedded database could not be made (${why}). ${hint}Set MONGODB_URL or DATABASE_URI to use one of your own.`;
}

/** pg.json is lost but the data is there: whoever owns the files may set a new password. */
function resetPassword(place: { data: string; native: string; user: User; password: string }): void {
  const { data, native, user, password } = place;
  const result = spawnSync(path.join(native, 'bin/postgres'), ['--single', '-D', data, 'postgres'], {
    ...asUser(user),
    input: `ALTER ROLE app PASSWORD '${password}'\n`,
    encoding: 'utf8',
  });
  if (result.status !== 0) {
    throw new StartError(
      `The password file beside ${data} is lost and could not be renewed: ${result.stderr.trim().split('\n')[0]}`,
    );
  }
}
