import { randomUUID } from 'node:crypto';
import { carriedIdentity } from '../auth/identity';
import { resolveActor } from '../auth/session';
import { systemClock } from '../clock';
import { asksForFresh, type Actor, type Ctx } from '../context';
import { AppError } from '../errors';
import { log } from '../log';

/** The parts of a Parse trigger or function request that tell who is asking. */
export interface ParseCaller {
  master?: boolean;
  /** Where Parse reads an account that just logged in, a bare one. */
  user?: { getSessionToken?(): string | undefined };
  ip?: string;
  headers?: Record<string, unknown>;
}

export interface ContextOptions {
  /** After the fact: the change may have ended the caller's own session (logout, a new password). */
  isAfter?: boolean;
}

/** Our context for a call that came through Parse. */
export async function contextOf(
  caller: ParseCaller,
  door: Ctx['door'],
  { isAfter = false }: ContextOptions = {},
): Promise<Ctx> {
  const actor = await actorOf(caller).catch((error: unknown): Actor => {
    if (isAfter && error instanceof AppError && error.status < 500) return { kind: 'anonymous' };
    throw error;
  });
  const headers = caller.headers ?? {};
  const requestId = typeof headers['x-request-id'] === 'string' ? headers['x-request-id'] : randomUUID();
  return {
    actor,
    tenantId: actor.kind === 'user' ? actor.tenantId : undefined,
    requestId,
    ip: caller.ip ?? '',
    door,
    clock: systemClock,
    // Made when something is logged: most calls log nothing.
    get log() {
      return log().child({ request_id: requestId });
    },
    fresh: asksForFresh(headers['cache-control']),
    ...(typeof headers['idempotency-key'] === 'string' ? { idempotencyKey: headers['idempotency-key'] } : {}),
  };
}

async function actorOf(caller: ParseCaller): Promise<Actor> {
  if (caller.master) return { kind: 'master' };
  const sessionToken = caller.user?.getSessionToken?.();
  if (!sessionToken) return { kind: 'anonymous' };
  // What came through the gate is resolved already; what runs within the server is not.
  const carried = caller.headers && carriedIdentity(caller.headers, sessionToken);
  return carried ?? resolveActor({ sessionToken }, new Date());
}

/** For loops, jobs and seeds: acts for nobody, in one tenant or none. */
export function systemContext(name: string, tenantId?: string): Ctx {
  const requestId = randomUUID();
  return {
    actor: { kind: 'system', name },
    tenantId,
    requestId,
    ip: '',
    door: 'system',
    clock: systemClock,
    log: log().child({ request_id: requestId, system: name }),
    fresh: false,
  };
}
