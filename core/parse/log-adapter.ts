import { log } from '../log';
import { recentLines, type LogQuery, type ShownLine } from './log-query';

const INTERNAL_SERVER_ERROR = 1;

/**
 * Takes what Parse Server says into our log, a JSON object a line. Parse calls every refusal of a
 * request an error; here only a fault is one. The line of the request tells of a refusal, so its
 * text is for debugging; the reasons that Parse hides from clients come without their error.
 */
export const parseLogAdapter = {
  log(level: string, ...said: unknown[]): void {
    const err: (Error & { code?: unknown }) | undefined = said.find((part) => part instanceof Error);
    const text = said.filter((part) => typeof part === 'string' && part !== err?.stack).join(' ');
    const facts = { source: 'parse-server', ...(err ? { err } : {}) };
    if (level !== 'error') log().debug(facts, text);
    else if (!err) log().info(facts, text);
    else if (typeof err.code === 'number' && err.code !== INTERNAL_SERVER_ERROR) log().debug(facts, text);
    else log().error(facts, text);
  },

  /** GET /scriptlog, the Logs page of Parse Dashboard; for the master key only. */
  query(options: LogQuery): Promise<ShownLine[]> {
    return recentLines(options);
  },
};
