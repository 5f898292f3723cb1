import { readFile } from 'node:fs/promises';
import { config } from '../config';
import { logFiles, logFolder } from '../log-file';
import { withoutSecrets } from '../log-secrets';

const LEVELS = ['debug', 'info', 'warn', 'error', 'fatal'] as const;
type LogLevel = (typeof LEVELS)[number];
const MAX_SIZE = 1000;
const MAX_TEXT = 4000;
/** Of the line itself, told apart from its facts. */
const FRAME = new Set(['level', 'time', 'pid', 'name', 'service', 'msg', 'err']);

export interface LogQuery {
  from: Date;
  until: Date;
  size: number;
  order: 'asc' | 'desc';
  /** Lines of this level and of worse ones. */
  level: LogLevel;
}

/** A line as Parse Dashboard shows it. */
export interface ShownLine {
  timestamp: string;
  level: string;
  message: string;
}

interface Line extends Record<string, unknown> {
  level: LogLevel;
  time: string;
  msg?: string;
}

/** The last lines of all processes that share this DATA_DIR; without what must not leave the server. */
export async function recentLines({ from, until, size, order, level }: LogQuery): Promise<ShownLine[]> {
  const found: Line[] = [];
  for (const { file, changedMs } of logFiles(logFolder(config().dataDir))) {
    if (changedMs < from.getTime()) break;
    const text = await readFile(file, 'utf8').catch(() => '');
    for (const line of text.split('\n')) {
      const read = readLine(line);
      if (read && isWanted(read, from, until, level)) found.push(read);
    }
  }
  found.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  // The size counts from the requested end.
  const ordered = order === 'asc' ? found : found.reverse();
  return ordered.slice(0, Math.min(size, MAX_SIZE)).map(shown);
}

/** The last line of a file may be half written. */
function readLine(text: string): Line | undefined {
  try {
    const line = JSON.parse(text) as Partial<Line>;
    return typeof line.time === 'string' && LEVELS.includes(line.level!) ? (line as Line) : undefined;
  } catch {
    return undefined;
  }
}

function isWanted({ time, level }: Line, from: Date, until: Date, least: LogLevel): boolean {
  const at = Date.parse(time);
  return LEVELS.indexOf(level) >= LEVELS.indexOf(least) && at >= from.getTime() && at <= until.getTime();
}

/** The page colours what starts with an E. */
const WORDS: Record<LogLevel, string> = {
  debug: 'Debug',
  info: 'Info',
  warn: 'Warning',
  error: 'Error',
  fatal: 'Error, fatal',
};

function shown(line: Line): ShownLine {
  const facts = Object.entries(line).filter(([key]) => !FRAME.has(key));
  const err = line.err as { stack?: unknown; message?: unknown } | undefined;
  const parts = [
    `${WORDS[line.level]}: ${line.msg ?? ''}`,
    ...facts.map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`),
    ...(err ? [String(err.stack ?? err.message)] : []),
  ];
  return {
    timestamp: line.time,
    level: line.level,
    message: withoutSecrets(parts.join(' ').slice(0, MAX_TEXT)),
  };
}
