import { AppError } from './errors';
import { callOut, type OutgoingAnswer, type OutgoingRequest } from './http';
import { CircuitBreaker, type CircuitState } from './http.breaker';

/** A service that the operator's settings name (`config().integrations`); never one that came as input. */
export interface ConfiguredService {
  url: string;
}

export interface ConfiguredRequest extends Pick<
  OutgoingRequest,
  'method' | 'headers' | 'body' | 'deadlineMs' | 'maxBytes' | 'retries' | 'isProbe' | 'signal'
> {
  /** Below the service's address, beginning with a slash. What came as input is encoded by the caller. */
  path: string;
}

/** Contract 6: all calls of integrations. */
const DEADLINE_MS = 5000;

/** Of its own: what clients make us call, such as webhooks, pauses no service of the operator's. */
const breaker = new CircuitBreaker();

/**
 * Calls a configured service, which may be inside the operator's network; otherwise as {@link callOut}.
 * @throws AppError VALIDATION_ERROR when the path leads away from the service, and as callOut
 */
export async function callConfigured(
  service: ConfiguredService,
  { path, ...request }: ConfiguredRequest,
): Promise<OutgoingAnswer> {
  return callOut(
    { deadlineMs: DEADLINE_MS, ...request, url: addressBelow(service, path), allowPrivate: true },
    { breaker },
  );
}

/** Of the calls that this process makes to the service. */
export const circuitOf = ({ url }: ConfiguredService, nowMs: number): CircuitState =>
  breaker.state(new URL(url).host, nowMs);

/** Dots in a path climb: what is left of it must still lie below. */
function addressBelow(service: ConfiguredService, path: string): string {
  const base = new URL(service.url.replace(/\/*$/, '/'));
  const address = new URL(`${base.href.slice(0, -1)}${path}`);
  if (!path.startsWith('/') || address.origin !== base.origin || !address.pathname.startsWith(base.pathname)) {
    throw new AppError('VALIDATION_ERROR', 'The path leads away from the service.');
  }
  return address.href;
}
