import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { clientAddress } from '../core/auth/client-address';
import { resolveActor, type Credentials } from '../core/auth/session';
import { systemClock } from '../core/clock';
import { actorName, asksForFresh, type Actor, type Ctx, type KeyActor, type UserActor } from '../core/context';
import { AppError } from '../core/errors';
import { chargeIp, chargeSignIn, chargeTenant, chargeUser, type LimitState } from '../core/limits';
import { keyActor } from '../core/listeners';
import { log } from '../core/log';

const KEY_FORM = /^[\w.:-]{8,200}$/;
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** The client's id when it is fit to be logged and echoed, else a new one. */
export function requestIdOf(req: IncomingMessage): string {
  const given = req.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

export function credentialsOf(req: IncomingMessage): Credentials {
  const { authorization } = req.headers;
  const sessionToken = req.headers['x-parse-session-token'];
  const bearer = authorization ? /^Bearer +(\S+)$/i.exec(authorization)?.[1] : undefined;
  return {
    ...(bearer ? { bearer } : {}),
    ...(typeof sessionToken === 'string' && sessionToken ? { sessionToken } : {}),
  };
}

/** Of a program, where nobody's own credentials came. */
export function apiKeyOf(req: IncomingMessage, { bearer, sessionToken }: Credentials): string | undefined {
  const key = req.headers['x-api-key'];
  return typeof key === 'string' && key && !bearer && !sessionToken ? key : undefined;
}

/**
 * Who is asking, after the limits: one's own bucket when signed in (and the tenant's, where it has
 * one), the address's otherwise. Refused credentials are charged to the address, so that guessing
 * is limited too.
 */
export async function admit(
  credentials: Credentials,
  ip: string,
  { cost = 1, isSignIn = false, apiKey }: { cost?: number; isSignIn?: boolean; apiKey?: string | undefined } = {},
): Promise<{ actor: Actor; limit: LimitState }> {
  const chargeAddress = (): Promise<LimitState> => (isSignIn ? chargeSignIn(ip, 'app') : chargeIp(ip, cost));
  const isAnonymous = !credentials.bearer && !credentials.sessionToken && apiKey === undefined;
  if (isAnonymous) return { actor: { kind: 'anonymous' }, limit: await chargeAddress() };
  let actor: Actor;
  try {
    actor = apiKey === undefined ? await resolveActor(credentials, systemClock.now()) : await resolveKey(apiKey);
  } catch (error) {
    if (error instanceof AppError && error.status < 500) await chargeAddress();
    throw error;
  }
  if (actor.kind !== 'user' && actor.kind !== 'key') return { actor, limit: await chargeIp(ip, cost) };
  return { actor, limit: await chargeCaller(actor, cost) };
}

async function resolveKey(apiKey: string): Promise<KeyActor> {
  // Junk must not cost a query.
  const actor = KEY_FORM.test(apiKey) ? await keyActor(apiKey, systemClock.now()) : undefined;
  if (!actor) throw new AppError('UNAUTHORIZED', 'The API key is not valid.');
  return actor;
}

/** Where the caller stands in the tighter of his buckets. */
async function chargeCaller(actor: UserActor | KeyActor, cost: number): Promise<LimitState> {
  const own = await chargeUser(actorName(actor), cost);
  if (actor.tenantRateLimit === undefined) return own;
  const shared = await chargeTenant(actor.tenantId, actor.tenantRateLimit, cost);
  return shared.remaining < own.remaining ? shared : own;
}

export function restContext(req: IncomingMessage, actor: Actor, requestId: string): Ctx {
  const { 'idempotency-key': key, 'last-event-id': lastEventId } = req.headers;
  return {
    actor,
    tenantId: actor.kind === 'user' || actor.kind === 'key' ? actor.tenantId : undefined,
    requestId,
    ip: clientAddress(req),
    door: 'rest',
    clock: systemClock,
    // Made when something is logged: a child costs more than all of a cached answer's own work.
    get log() {
      return log().child({ request_id: requestId });
    },
    ...(req.headers.accept ? { accept: req.headers.accept } : {}),
    fresh: asksForFresh(req.headers['cache-control']),
    ...(typeof key === 'string' ? { idempotencyKey: key } : {}),
    ...(typeof lastEventId === 'string' ? { lastEventId } : {}),
  };
}
