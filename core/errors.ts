/**
 * The one table of error codes: what a client sees over REST (HTTP status) and over the
 * Parse protocol (Parse code). Each code's meaning and remedy: docs/errors.md (generated).
 */
export const ERROR_CODES = {
  VALIDATION_ERROR: {
    status: 400,
    parse: 142,
    meaning: 'The request does not match the documented shape.',
    remedy: 'Read `details.issues`; correct the fields named there.',
  },
  INVALID_FILE: {
    status: 400,
    parse: 142,
    meaning: 'The uploaded file is broken, truncated or not of the stated format.',
    remedy: 'Send the whole file, or state the right `format`.',
  },
  INVALID_CREDENTIALS: {
    status: 401,
    parse: 101,
    meaning: 'The user name or the password is wrong.',
    remedy: 'Check both; after five failures the account is locked for 15 minutes.',
  },
  UNAUTHORIZED: {
    status: 401,
    parse: 209,
    meaning: 'No valid access token or session came with the request.',
    remedy: 'Log in, or refresh the token.',
  },
  FORBIDDEN: {
    status: 403,
    parse: 119,
    meaning: 'The caller is known, but may not do this.',
    remedy: 'Ask an administrator for the role that the operation names.',
  },
  NOT_FOUND: {
    status: 404,
    parse: 101,
    meaning: 'The thing does not exist, or the caller may not know of it.',
    remedy: 'Check the id and the tenant.',
  },
  INVALID_LINK: {
    status: 400,
    parse: -1,
    meaning: 'The token of a mailed link is wrong, used, over, or was replaced.',
    remedy: 'Ask for a new mail.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    parse: 107,
    meaning: 'The path exists, but not with this method.',
    remedy: 'Use one of the methods in the Allow header.',
  },
  CONFLICT: {
    status: 409,
    parse: 137,
    meaning: 'The request contradicts the present state.',
    remedy: 'Read the state again, then decide.',
  },
  GONE: { status: 410, parse: 101, meaning: 'The thing existed, and its time is over.', remedy: 'Make it again.' },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    parse: 142,
    meaning: 'The body is larger than the route allows.',
    remedy: 'Send less at once.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    parse: 107,
    meaning: 'The body is of a type that the route does not read.',
    remedy: 'Send one of the documented content types.',
  },
  IDEMPOTENCY_MISMATCH: {
    status: 422,
    parse: 159,
    meaning: 'The Idempotency-Key was used before with another request.',
    remedy: 'Use a new key for a new request.',
  },
  RATE_LIMITED: {
    status: 429,
    parse: 155,
    meaning: 'Too many requests in the window.',
    remedy: 'Wait for the seconds in Retry-After.',
  },
  INTEGRATION_NOT_CONFIGURED: {
    status: 503,
    parse: 1,
    meaning: 'The outside service is not configured.',
    remedy: 'Set its variables; see .env.example.',
  },
  INTEGRATION_FAILED: {
    status: 502,
    parse: 1,
    meaning: 'The outside service did not answer, or not as it should.',
    remedy: 'Read `message`; GET /api/integrations/status says how it does.',
  },
  DATABASE_ERROR: {
    status: 503,
    parse: 1,
    meaning: 'The database did not answer, or its connection ended on the way.',
    remedy: 'Try again after Retry-After. A write may have happened: read before you repeat it.',
  },
  SERVICE_UNAVAILABLE: {
    status: 503,
    parse: 1,
    meaning: 'The server is starting, stopping or overloaded.',
    remedy: 'Try again after Retry-After.',
  },
  TIMEOUT: { status: 504, parse: 124, meaning: 'The work did not end in time.', remedy: 'Try again, or ask for less.' },
  INTERNAL_ERROR: {
    status: 500,
    parse: 1,
    meaning: 'A fault of ours; it is in the log under the request id.',
    remedy: 'Report the request id.',
  },
} as const satisfies Record<string, { status: number; parse: number; meaning: string; remedy: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface AppErrorOptions {
  /** Machine-readable facts for the client; never secrets. */
  details?: Record<string, unknown>;
  /** Seconds; becomes the Retry-After header. */
  retryAfterSeconds?: number;
  /** Where Parse Server has a number of its own for the same fault, in place of the table's. */
  parseCode?: number;
  cause?: unknown;
}

/** An expected failure. `message` is shown to the client. */
export class AppError extends Error {
  readonly details: Record<string, unknown>;
  readonly retryAfterSeconds: number | undefined;
  /** What a client of Parse sees. */
  readonly parseCode: number;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: AppErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.details = options.details ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.parseCode = options.parseCode ?? ERROR_CODES[code].parse;
  }

  get status(): number {
    return ERROR_CODES[this.code].status;
  }
}

/** Where nobody knows better: a restart or a failover takes about as long. */
const UNAVAILABLE_SECONDS = 5;
const PASSING: ReadonlySet<ErrorCode> = new Set(['SERVICE_UNAVAILABLE', 'DATABASE_ERROR']);

/** Seconds of the Retry-After header; undefined where another try helps nothing. */
export function retryAfterOf(error: AppError): number | undefined {
  const seconds = error.retryAfterSeconds ?? (PASSING.has(error.code) ? UNAVAILABLE_SECONDS : undefined);
  return seconds === undefined ? undefined : Math.ceil(seconds);
}

/** The form of every error of /api (contract 2.0). */
export interface ErrorEnvelope {
  error: { code: ErrorCode; message: string; details: Record<string, unknown>; timestamp: string; request_id: string };
}

export function toEnvelope(error: AppError, requestId: string, now: Date): ErrorEnvelope {
  return {
    error: {
      code: error.code,
      message: error.message,
      details: error.details,
      timestamp: now.toISOString(),
      request_id: requestId,
    },
  };
}

/** RFC 9457, for clients that ask for application/problem+json. */
export function toProblem(error: AppError, requestId: string): Record<string, unknown> {
  return {
    type: `urn:appbackend:error:${error.code.toLowerCase()}`,
    title: ERROR_CODES[error.code].meaning,
    status: error.status,
    detail: error.message,
    code: error.code,
    request_id: requestId,
    ...(Object.keys(error.details).length ? { details: error.details } : {}),
  };
}

/** Parse's form: a number and a text; the text carries our code so that SDK clients can tell. */
export function toParseError(error: AppError, requestId: string): { code: number; message: string } {
  return {
    code: error.parseCode,
    message: JSON.stringify({
      code: error.code,
      message: error.message,
      details: error.details,
      request_id: requestId,
    }),
  };
}

/**
 * The HTTP status of a refusal at the Parse door: the one that Parse Server gives to its code, so
 * that SDKs and their users see what they know. Limits, bodies that are not read, and a server
 * that cannot answer now keep their own.
 */
export function parseStatusOf(error: AppError): number {
  if (error.status >= 500 || [413, 415, 429].includes(error.status)) return error.status;
  return error.parseCode === 101 ? 404 : 400;
}

/** What a job keeps of its failure. */
export function toFailureRecord(error: unknown): {
  code: ErrorCode;
  message: string;
  details: Record<string, unknown>;
} {
  const known = toAppError(error);
  return { code: known.code, message: known.message, details: known.details };
}

/** Anything thrown, as an AppError; what we do not know becomes INTERNAL_ERROR without its text. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const known = fromDependency(error);
  return known ?? new AppError('INTERNAL_ERROR', 'An internal error occurred.', { cause: error });
}

/** PostgreSQL: the connection failed or was ended, the server stops or starts, it has no room. */
const POSTGRES_AWAY = /^(08(?!P01)...|57P0.|25P0[34]|53...)$/;
const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  // Of two transactions in each other's way one is ended.
  '40001',
  '40P01',
]);
/** Errors of the MongoDB driver when a server goes away, by name: it has two copies, ours and Parse Server's. */
const MONGO_CONNECTION =
  /^(Mongo(Network|NetworkTimeout|ServerSelection|PoolCleared|PoolClosed|WaitQueueTimeout|NotConnected|TopologyClosed|ServerClosed|OperationTimeout)Error|PoolClearedOnNetworkError)$/;
/** PostgreSQL's driver has no codes for these. */
const PG_CONNECTION =
  /^(timeout exceeded when trying to connect|timeout expired|Connection terminated|Client (has encountered a connection error|was closed)|Query read timeout|Cannot use a pool after)/;

function fromDependency(error: unknown): AppError | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, name, message } = error as { code?: unknown; name?: unknown; message?: unknown };
  if (typeof code === 'string' && (CONNECTION_CODES.has(code) || POSTGRES_AWAY.test(code))) {
    return new AppError('DATABASE_ERROR', 'The database did not answer.', { cause: error });
  }
  // PostgreSQL's texts know no NUL, and what is not there cannot be found either.
  if (code === '22021' || code === '22P05') {
    return new AppError('VALIDATION_ERROR', 'A text holds NUL, or what is no Unicode.', { cause: error });
  }
  if (MONGO_CONNECTION.test(String(name)) || (code === undefined && PG_CONNECTION.test(String(message)))) {
    return new AppError('DATABASE_ERROR', 'The database did not answer.', { cause: error });
  }
  if (isMongoOutage(error)) return new AppError('DATABASE_ERROR', 'The database did not answer.', { cause: error });
  // Its numbers are MongoDB's own, not Parse's.
  if (name === 'MongoServerError') return undefined;
  if (typeof code === 'number') return fromParse(code, String(message), error);
  return undefined;
}

/** MongoDB: a server that stops, starts, steps down or cannot reach another. */
const MONGO_AWAY = new Set<unknown>([6, 7, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436]);

function isMongoOutage({
  code,
  name,
  writeErrors,
}: {
  code?: unknown;
  name?: unknown;
  writeErrors?: unknown;
}): boolean {
  if (name === 'MongoServerError') return MONGO_AWAY.has(code);
  // The driver wraps whatever ends its bulk writes; of a refused write there is a list.
  return name === 'MongoBulkWriteError' && code === undefined && Array.isArray(writeErrors) && !writeErrors.length;
}

function fromParse(code: number, message: string, cause: unknown): AppError | undefined {
  const own = ownError(message, cause);
  if (own) return own;
  if (code === 101) return new AppError('NOT_FOUND', 'Not found.', { cause });
  if (code === 209) return new AppError('UNAUTHORIZED', 'The session is not valid.', { cause });
  if (code === 119) return new AppError('FORBIDDEN', 'Permission denied.', { cause });
  if (code === 137 || code === 202 || code === 203) return new AppError('CONFLICT', message, { cause });
  // 102..142: what Parse calls invalid queries, keys, names, types and validation.
  if (code >= 102 && code <= 142) return new AppError('VALIDATION_ERROR', message, { cause });
  return undefined;
}

/** Our own errors come out of triggers as the text of a Parse error: made whole again. */
function ownError(message: string, cause: unknown): AppError | undefined {
  if (!message.startsWith('{')) return undefined;
  try {
    const parsed = JSON.parse(message) as { code?: unknown; message?: unknown; details?: Record<string, unknown> };
    if (typeof parsed.code !== 'string' || !(parsed.code in ERROR_CODES)) return undefined;
    return new AppError(parsed.code as ErrorCode, String(parsed.message), { details: parsed.details ?? {}, cause });
  } catch {
    return undefined;
  }
}
