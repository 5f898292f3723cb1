import { config } from '../../core/config';
import type { ParseTarget } from '../../core/config.integrations';
import { AppError } from '../../core/errors';
import type { OutgoingAnswer } from '../../core/http';
import { callConfigured, type ConfiguredRequest } from '../../core/http.configured';

export interface RemoteCall {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the mount; with its query. */
  path: string;
  body?: unknown;
  options?: Pick<ConfiguredRequest, 'deadlineMs' | 'maxBytes' | 'retries' | 'signal'>;
}

/** @throws AppError INTEGRATION_NOT_CONFIGURED */
export function remoteServer(): ParseTarget {
  const server = config().integrations.parse;
  if (server) return server;
  throw new AppError('INTEGRATION_NOT_CONFIGURED', 'No other Parse Server is configured: set PARSE_SERVER_URL.');
}

/**
 * Asks the other Parse Server, with its master key.
 * @throws AppError as it refuses (NOT_FOUND, CONFLICT, VALIDATION_ERROR), INTEGRATION_FAILED where it is not as it should
 * be, TIMEOUT, SERVICE_UNAVAILABLE while calls to it are paused
 */
export async function callRemote<T = Record<string, unknown>>(server: ParseTarget, call: RemoteCall): Promise<T> {
  const answer = await reached(server, call);
  const body = jsonOf(answer);
  if (answer.status < 300 && body !== undefined) return body as T;
  throw refusalOf(answer.status, body);
}

async function reached(
  server: ParseTarget,
  { method = 'GET', path, body, options }: RemoteCall,
): Promise<OutgoingAnswer> {
  try {
    return await callConfigured(server, {
      method,
      path,
      headers: {
        'x-parse-application-id': server.appId,
        'x-parse-master-key': server.masterKey,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...options,
    });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // A pause tells when to come again; a connection that failed is the other server's fault, and not ours.
    const isFailed = error.code === 'SERVICE_UNAVAILABLE' && error.retryAfterSeconds === undefined;
    if (isFailed || error.code === 'PAYLOAD_TOO_LARGE') {
      throw new AppError('INTEGRATION_FAILED', `The other Parse Server: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

function jsonOf({ body }: OutgoingAnswer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** What its answer means; its words are passed on only where they are about the request. */
export function refusalOf(status: number, body: unknown): AppError {
  const { code, error } = (body ?? {}) as { code?: unknown; error?: unknown };
  const text = typeof error === 'string' ? error.slice(0, 300) : '';
  const details = { service: 'parse', status, ...(typeof code === 'number' ? { code } : {}) };
  if (status === 401 || status === 403) {
    return new AppError(
      'INTEGRATION_FAILED',
      'The other Parse Server does not take our application id and master key.',
      {
        details,
      },
    );
  }
  if (code === 101) return new AppError('NOT_FOUND', 'The other Parse Server has no such object.', { details });
  if (code === 105 && text.includes('objectId')) {
    return new AppError('INTEGRATION_FAILED', 'The other Parse Server must be started with allowCustomObjectId.', {
      details,
    });
  }
  if (code === 137 || code === 202 || code === 203) return new AppError('CONFLICT', text, { details });
  if (typeof code === 'number' && code >= 102 && code <= 142 && status < 500) {
    return new AppError('VALIDATION_ERROR', text, { details });
  }
  return new AppError('INTEGRATION_FAILED', `The other Parse Server answered with ${status}.`, { details });
}
