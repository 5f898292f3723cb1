import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const MAX_BYTES = 512 * 1024;
/** Of all processes that share the folder, dead ones included. */
const MAX_FILES = 16;
const FLUSH_MS = 500;
/** A request that went well, or whose client left, is a figure in the metrics; its lines would push the others out. */
const ROUTINE = /"status":(?:[123]\d\d|499),.*"msg":"request"/;

let current: { folder: string; file: string; bytes: number } | undefined;
let waiting: string[] = [];
let timer: NodeJS.Timeout | undefined;

/** Where the processes of one DATA_DIR keep the last lines of their logs. */
export const logFolder = (dataDir: string): string => path.join(dataDir, 'logs');

/**
 * From now on the last lines of this process's log (1 MB at most) are kept in files, too, so that
 * Parse Dashboard can show them with those of the other processes. A full disk costs lines, nothing else.
 */
export function keepLines(folder: string): void {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  current = { folder, file: path.join(folder, `${randomUUID()}.jsonl`), bytes: 0 };
  trim(folder);
  process.once('exit', flush);
}

/** Takes a line of the log, its line break included. */
export function keepLine(line: string): void {
  if (!current || ROUTINE.test(line)) return;
  waiting.push(line);
  timer ??= setTimeout(flush, FLUSH_MS).unref();
}

function flush(): void {
  clearTimeout(timer);
  timer = undefined;
  const text = waiting.join('');
  waiting = [];
  if (!current || !text) return;
  try {
    if (current.bytes > MAX_BYTES) startNextFile(current);
    fs.appendFileSync(current.file, text, { mode: 0o600 });
    current.bytes += Buffer.byteLength(text);
  } catch {
    // Standard output has the lines; logging that they were not kept would only make more of them.
  }
}

function startNextFile(state: { folder: string; file: string; bytes: number }): void {
  fs.renameSync(state.file, state.file.replace(/\.jsonl$/, '.last.jsonl'));
  state.bytes = 0;
  trim(state.folder);
}

function trim(folder: string): void {
  for (const { file } of logFiles(folder).slice(MAX_FILES)) fs.rmSync(file, { force: true });
}

/** The files of the folder, the one written last first. */
export function logFiles(folder: string): { file: string; changedMs: number }[] {
  const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return names
    .map((name) => path.join(folder, name))
    .map((file) => ({ file, changedMs: fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.changedMs - a.changedMs);
}
