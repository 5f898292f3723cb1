import { config } from '../../core/config';
import type { ParseTarget, ServiceTarget } from '../../core/config.integrations';
import { AppError } from '../../core/errors';
import { callConfigured, circuitOf, type ConfiguredService } from '../../core/http.configured';
import { noAnswer, wrongAnswer, type CheckedService, type Finding } from './check';

const MAX_BYTES = 65_536;

/** A service of the operator's that is called with a key. */
export function keyedService(target: () => ServiceTarget | undefined): CheckedService {
  return {
    isConfigured: () => target() !== undefined,
    circuit: (nowMs) => circuitOf(target()!, nowMs),
    check: async (signal) => {
      const { url, apiKey } = target()!;
      return readHealth(await ask({ url }, '/health', { 'x-api-key': apiKey }, signal));
    },
  };
}

/** Another Parse Server. What it tells of itself it tells the master key alone. */
export async function checkParse(target: ParseTarget, signal?: AbortSignal): Promise<Finding> {
  const headers = { 'x-parse-application-id': target.appId, 'x-parse-master-key': target.masterKey };
  const info = await ask(target, '/serverInfo', headers, signal);
  if (typeof info['parseServerVersion'] !== 'string') throw wrongAnswer('The address is not that of a Parse Server.');
  return {};
}

export const configuredParse = (): ParseTarget | undefined => config().integrations.parse;

/** It goes out while the circuit is open, too, and so closes it when the service is back. */
async function ask(
  service: ConfiguredService,
  path: string,
  headers: Record<string, string>,
  signal?: AbortSignal,
): Promise<Record<string, unknown>> {
  const request = { path, headers, maxBytes: MAX_BYTES, isProbe: true, ...(signal ? { signal } : {}) };
  const { status, body } = await callConfigured(service, request).catch((error: unknown) => {
    throw inOurWords(error);
  });
  if (status === 401 || status === 403) throw wrongAnswer('It refused the key.');
  if (status < 200 || status > 299) throw wrongAnswer(`It answered with status ${status}.`);
  return objectOf(body);
}

/** Without the address: whoever may see the status need not know where the services lie. */
function inOurWords(error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  if (error.code === 'TIMEOUT') return noAnswer('It did not answer in time.', error);
  if (error.code === 'PAYLOAD_TOO_LARGE') return wrongAnswer('Its answer is too large.', error);
  if (error.code === 'VALIDATION_ERROR') return noAnswer('Its address may not be called.', error);
  return noAnswer('It could not be reached.', error);
}

function objectOf(body: Buffer): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw wrongAnswer('It did not answer with a JSON object.');
}

const GOOD = /^(ok|up|pass|alive|ready|healthy|connected)$/i;

function readHealth({ status }: Record<string, unknown>): Finding {
  if (typeof status !== 'string' || GOOD.test(status)) return {};
  return { complaint: 'It says of itself that it is not well.' };
}
