import type { Credentials } from './auth/session';
import type { Ctx } from './context';

/** A request that ends sessions, before it is carried out, or refused because its own session is over. */
export interface SignOut {
  credentials: Credentials;
  /** Ids of the sessions to end, in lower case; '' is the caller's own. */
  ended: readonly string[];
  /** The caller's own session, where it still lives. */
  sessionId?: string;
  now: Date;
}

/** What a feature may hear of requests. The doors tell it here, so that they know no feature. */
export interface RequestListeners {
  /** Of every request that was let in, whoever sent it. Must not wait: the request does. */
  onAdmitted?: (ctx: Ctx) => void;
  /** The request waits for it, and fails with it. */
  onSignOut?: (signOut: SignOut) => Promise<void>;
}

let listeners: readonly RequestListeners[] = [];

/** Once, at boot. */
export function collectListeners(features: readonly RequestListeners[]): void {
  listeners = features.filter(({ onAdmitted, onSignOut }) => onAdmitted ?? onSignOut);
}

export function tellAdmitted(ctx: Ctx): void {
  for (const { onAdmitted } of listeners) onAdmitted?.(ctx);
}

export async function tellSignOut(signOut: SignOut): Promise<void> {
  for (const { onSignOut } of listeners) await onSignOut?.(signOut);
}
