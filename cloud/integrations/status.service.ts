import type { z } from 'zod';
import { config } from '../../core/config';
import { toAppError } from '../../core/errors';
import { log } from '../../core/log';
import { measure, type Finding } from './check';
import { SERVICES, type getIntegrationStatus, type ServiceName } from './integrations.contract';
import { CHECKED } from './services';

type Status = z.output<typeof getIntegrationStatus.output>;
export type ServiceState = Status['services'][ServiceName];
type Seen = Pick<ServiceState, 'status' | 'configured' | 'latency' | 'last_checked' | 'last_error'>;

const NOT_CONFIGURED: Seen = {
  status: 'not_configured',
  configured: false,
  latency: null,
  last_checked: null,
  last_error: null,
};
/** Nothing is claimed that nobody has seen. */
const NOT_SEEN: Seen = { ...NOT_CONFIGURED, status: 'disconnected', configured: true, last_error: 'Not checked yet.' };

/** What this process saw last. */
const seen = new Map<ServiceName, Seen>();

/** Contract A24. Asks nobody, so that it answers when nothing else does. */
export function integrationStatus(now: Date): Status {
  const services = Object.fromEntries(SERVICES.map((name) => [name, stateOf(name, now)])) as Status['services'];
  const isWell = Object.values(services).every(({ status }) => status === 'connected' || status === 'not_configured');
  return { status: isWell ? 'healthy' : 'degraded', services };
}

export function stateOf(name: ServiceName, now: Date): ServiceState {
  const service = CHECKED[name];
  if (!service.isConfigured()) return { ...NOT_CONFIGURED, circuit: 'closed' };
  return { ...(seen.get(name) ?? NOT_SEEN), circuit: service.circuit(now.getTime()) };
}

/** Begins anew each time that its pause is over; counted from the beginning of the last round. */
let roundAt = -Infinity;

export async function checkWhenDue(signal: AbortSignal): Promise<void> {
  const now = performance.now();
  if (now - roundAt < config().integrations.checkMs) return;
  roundAt = now;
  await checkAll(signal);
}

/** All at once, each noted as soon as it is known: one that hangs keeps nobody's news back. */
async function checkAll(signal: AbortSignal): Promise<void> {
  const configured = SERVICES.filter((name) => CHECKED[name].isConfigured());
  await Promise.all(configured.map((name) => checkOne(name, signal)));
}

async function checkOne(name: ServiceName, signal: AbortSignal): Promise<void> {
  const startedAt = Date.now();
  let state: Seen;
  try {
    state = foundState(await measure(CHECKED[name], signal));
  } catch (error) {
    // The process ends.
    if (signal.aborted) return;
    const { code, message } = toAppError(error);
    if (code === 'INTERNAL_ERROR') log().error({ err: error, service: name }, 'A check of a service has a fault.');
    state = { ...NOT_SEEN, latency: Date.now() - startedAt, last_error: message };
  }
  tellChange(name, seen.get(name), state);
  seen.set(name, state.configured ? { ...state, last_checked: new Date().toISOString() } : state);
}

function foundState({ latencyMs, complaint, isUnused }: Finding & { latencyMs: number }): Seen {
  if (isUnused) return NOT_CONFIGURED;
  const known = { configured: true, latency: latencyMs, last_checked: null };
  return complaint
    ? { ...known, status: 'degraded', last_error: complaint }
    : { ...known, status: 'connected', last_error: null };
}

/** Once a change, not once a check. */
function tellChange(service: ServiceName, before: Seen | undefined, { status, last_error }: Seen): void {
  if (before?.status === status || (!before && status !== 'disconnected')) return;
  if (status === 'disconnected') log().warn({ service, reason: last_error }, 'A service does not work.');
  else log().info({ service, status, reason: last_error }, 'A service has another state.');
}
