import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { clientAddress } from '../core/auth/client-address';
import { resolveActor, type Credentials } from '../core/auth/session';
import { systemClock } from '../core/clock';
import { asksForFresh, type Actor, type Ctx, type UserActor } from '../core/context';
import { AppError } from '../core/errors';
import { chargeIp, chargeSignIn, chargeTenant, chargeUser, type LimitState } from '../core/limits';
import { log } from '../core/log';

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

/**
 * Who is asking, after the limits: one's own bucket when signed in (and the tenant's, where it has
 * one), the address's otherwise. Refused credentials are charged to the address, so that guessing
 * is limited too.
 */
export async function admit(
  credentials: Credentials,
  ip: string,
  { cost = 1, isSignIn = false }: { cost?: number; isSignIn?: boolean } = {},
): Promise<{ actor: Actor; limit: LimitState }> {
  const chargeAddress = (): Promise<LimitState> => (isSignIn ? chargeSignIn(ip, 'app') : chargeIp(ip, cost));
  const isAnonymous = !credentials.bearer && !credentials.sessionToken;
  if (isAnonymous) return { actor: { kind: 'anonymous' }, limit: await chargeAddress() };
  let actor: Actor;
  try {
    actor = await resolveActor(credentials, systemClock.now());
  } catch (error) {
    if (error instanceof AppError && error.status < 500) await chargeAddress();
    throw error;
  }
  return { actor, limit: actor.kind === 'user' ? await chargePerson(actor, cost) : await chargeIp(ip, cost) };
}

/** Where the caller stands in the tighter of his buckets. */
async function chargePerson(actor: UserActor, cost: number): Promise<LimitState> {
  const own = await chargeUser(actor.userId, cost);
  if (actor.tenantRateLimit === undefined) return own;
  const shared = await chargeTenant(actor.tenantId, actor.tenantRateLimit, cost);
  return shared.remaining < own.remaining ? shared : own;
}

export function restContext(req: IncomingMessage, actor: Actor, requestId: string): Ctx {
  const key = req.headers['idempotency-key'];
  return {
    actor,
    tenantId: actor.kind === 'user' ? actor.tenantId : undefined,
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
  };
}
