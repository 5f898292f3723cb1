import type { Credentials } from './auth/session';
import type { Ctx, KeyActor } from './context';

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
  /** Of the one feature that owns API keys: whose key it is; undefined where it opens nothing (any more). */
  resolveKey?: (key: string, now: Date) => Promise<KeyActor | undefined>;
  /** The request waits for it, and fails with it. */
  onSignOut?: (signOut: SignOut) => Promise<void>;
}

let listeners: readonly RequestListeners[] = [];

/** Once, at boot. @throws Error when two features claim the API keys */
export function collectListeners(features: readonly RequestListeners[]): void {
  listeners = features.filter(({ onAdmitted, onSignOut, resolveKey }) => onAdmitted ?? onSignOut ?? resolveKey);
  if (listeners.filter(({ resolveKey }) => resolveKey).length > 1) throw new Error('Two features claim the API keys.');
}

export function tellAdmitted(ctx: Ctx): void {
  for (const { onAdmitted } of listeners) onAdmitted?.(ctx);
}

export async function tellSignOut(signOut: SignOut): Promise<void> {
  for (const { onSignOut } of listeners) await onSignOut?.(signOut);
}

/** Undefined also where no feature has API keys. */
export async function keyActor(key: string, now: Date): Promise<KeyActor | undefined> {
  return listeners.find(({ resolveKey }) => resolveKey)?.resolveKey?.(key, now);
}
