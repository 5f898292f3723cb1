import { execFile, fork, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { endChild, startExtraServer, type ExtraServer } from '../../frame/support/extra-server';

const ROOT = path.resolve(__dirname, '../../..');
/** With what was built of them, so that the compiler does again only what the examples change. */
const COPIED = [...sourceFolders(), 'dist', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];

/** `<!-- file: a/b.ts -->` or `<!-- add to: a/b.ts, after "the text of a line" -->`, and the block of code below it. */
const BLOCK = /<!-- (?:file: (\S+)|add to: (\S+), after "(.+)") -->\n+```\w*\n([\s\S]*?)```/g;

/** A project with every example of docs/extending.md in it, and its two processes on a database of their own. */
export interface ExtendedProject {
  folder: string;
  server: ExtraServer;
  stop(): Promise<void>;
}

/** @throws Error where an example does not fit the project, or the compiler refuses it */
export async function startExtendedProject(): Promise<ExtendedProject> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'appbackend-extended-'));
  let server: ExtraServer | undefined;
  let worker: ChildProcess | undefined;
  const stop = async (): Promise<void> => {
    if (worker) await endChild(worker, exitOf(worker));
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    copyProject(folder);
    applyExamples(readFileSync(path.join(ROOT, 'docs/extending.md'), 'utf8'), folder);
    await compile(folder);
    server = await startExtraServer({}, { root: folder });
    worker = fork(path.join(folder, 'dist/jobs/main.js'), {
      env: server.env,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    return { folder, server, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What the build compiles: a folder added to it is copied too. */
function sourceFolders(): string[] {
  const { include } = JSON.parse(readFileSync(path.join(ROOT, 'tsconfig.build.json'), 'utf8')) as { include: string[] };
  return [...new Set(include.map((pattern) => pattern.split('/')[0]!))];
}

function copyProject(folder: string): void {
  for (const name of COPIED) cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
}

/** Puts every block of the page where its comment says. */
function applyExamples(page: string, folder: string): void {
  for (const [, file, existing, after, code] of page.matchAll(BLOCK)) {
    const target = path.join(folder, (file ?? existing)!);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(
      target,
      file ? code! : withLines(readFileSync(target, 'utf8'), { after: after!, code: code!, target }),
    );
  }
}

function withLines(text: string, { after, code, target }: { after: string; code: string; target: string }): string {
  const lines = text.split('\n');
  const found = lines.filter((line) => line.includes(after)).length;
  if (found !== 1) throw new Error(`${found} lines of ${target} hold ${JSON.stringify(after)}; one must.`);
  return lines.flatMap((line) => (line.includes(after) ? [line, code.trimEnd()] : [line])).join('\n');
}

async function compile(folder: string): Promise<void> {
  const compiler = path.join(folder, 'node_modules/typescript/bin/tsc');
  // The packages are one link away; followed, they would be other files than those of the last build.
  const run = promisify(execFile)(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--preserveSymlinks'], {
    cwd: folder,
  });
  await run.catch((error: unknown) => {
    throw new Error(`The examples do not compile:\n${(error as { stdout?: string }).stdout}`, { cause: error });
  });
}

function exitOf(child: ChildProcess): ExtraServer['exited'] {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
}
