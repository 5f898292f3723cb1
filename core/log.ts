import pino from 'pino';
import { config } from './config';
import { keepLine } from './log-file';

export type Log = pino.Logger;

/** Paths never written, whoever logs them (threat model: leak in logs). */
const REDACTED = [
  'password',
  'token',
  'access_token',
  'refresh_token',
  'session_token',
  'sessionToken',
  'authorization',
  'cookie',
  'masterKey',
  'secret',
  'authData',
];

/** Makes the process's root log: one JSON object a line, on standard output. */
function createLog(name: string, level: string): Log {
  const output = pino.destination(1);
  const options: pino.LoggerOptions = {
    name,
    level,
    base: { service: name, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: REDACTED.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[redacted]' },
    serializers: { err: pino.stdSerializers.errWithCause },
  };
  return pino(options, {
    write(line: string): void {
      output.write(line);
      keepLine(line);
    },
  });
}

let root: Log | undefined;

export function log(): Log {
  root ??= createLog(config().serviceName, config().logLevel);
  return root;
}
