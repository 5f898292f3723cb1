import { toAppError } from '../../core/errors';
import { disableEndpoint, findEndpoint, writeFailure, writeSuccess } from './endpoint.store';
import type { DisabledReason } from './webhooks.schema';

/** How long an endpoint may fail without a success before it gets nothing more. */
const PATIENCE_MS = 5 * 86_400_000;

/** An endpoint has answered well. Call it once in a few seconds at most. */
export function noteSuccess(endpointId: string, at: Date): Promise<void> {
  return writeSuccess(endpointId, at);
}

/**
 * An endpoint has failed; as {@link noteSuccess}. After five days of nothing else it is disabled, and its owner told.
 * @param count failures since the note before
 */
export async function noteFailure(endpointId: string, at: Date, count = 1): Promise<void> {
  const endpoint = await writeFailure(endpointId, at, count);
  if (!endpoint?.active || !endpoint.failing_since) return;
  if (at.getTime() - endpoint.failing_since.getTime() >= PATIENCE_MS) await disable(endpointId, 'failing', at);
}

/**
 * No more events until somebody switches it on again; what was not delivered is cancelled, and can be replayed.
 * @param at of the attempt that says so: one from before it was switched on, or got another address, says nothing
 */
export async function disable(endpointId: string, reason: Exclude<DisabledReason, 'by_hand'>, at: Date): Promise<void> {
  const endpoint = await findEndpoint(endpointId);
  if (!endpoint?.active || (endpoint.enabled_at && endpoint.enabled_at > at)) return;
  await disableEndpoint(endpointId, reason, at).catch((error: unknown) => {
    // Deleted meanwhile.
    if (toAppError(error).code === 'NOT_FOUND') return;
    throw error;
  });
}
