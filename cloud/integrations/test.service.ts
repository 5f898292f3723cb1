import type { Ctx } from '../../core/context';
import { AppError, toAppError } from '../../core/errors';
import { measure } from './check';
import type { ServiceName } from './integrations.contract';
import { CHECKED } from './services';

export interface TestReport {
  service: ServiceName;
  action: string;
  success: true;
  latency: number;
  message: string;
}

/**
 * Contract A35: as the background check, now. What the caller means to do is not sent.
 * @throws AppError INTEGRATION_NOT_CONFIGURED, INTEGRATION_FAILED, SERVICE_UNAVAILABLE
 */
export async function testIntegration(
  _ctx: Ctx,
  { service: name, action }: { service: ServiceName; action: string },
): Promise<TestReport> {
  const service = CHECKED[name];
  if (!service.isConfigured()) throw new AppError('INTEGRATION_NOT_CONFIGURED', 'The service is not configured.');
  const startedAt = Date.now();
  try {
    const { latencyMs, complaint, isUnused } = await measure(service);
    if (isUnused) throw new AppError('INTEGRATION_NOT_CONFIGURED', 'Nobody uses it yet.');
    const message = complaint ?? 'It answers, and takes the key where it has one.';
    return { service: name, action, success: true, latency: latencyMs, message };
  } catch (error) {
    const { code, message, retryAfterSeconds } = toAppError(error);
    throw new AppError(code, message, {
      cause: error,
      details: { service: name, action, success: false, latency: Date.now() - startedAt },
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    });
  }
}
