import { AnswerCache } from '../cache';
import { config } from '../config';
import type { Ctx } from '../context';
import { AppError, toAppError } from '../errors';
import { recordAudit } from '../audit';
import { metrics } from '../metrics';
import { runOnce } from '../idempotency';
import { EventsAnswer, FileAnswer } from './answers';
import { authorize, authorizeSelf } from './access';
import { canonical } from './canonical';
import type { Contract } from './contract';
import { validateInput } from './input';
import { Reply, type Operation, type Outcome } from './operation';

let answers: AnswerCache<Outcome> | undefined;

/**
 * The one way into every operation: roles, then the body, then its shape, then the service, then
 * audit. Every door (REST, cloud function, batch, GraphQL) ends here, so a rule put here holds
 * everywhere. Rate limits are charged before, where a request enters.
 */
export async function execute(operation: Operation, ctx: Ctx, readInput: () => Promise<unknown>): Promise<Outcome> {
  const { contract } = operation;
  const audit = contract.audit ?? (contract.rest ? contract.rest.method !== 'GET' : false);
  try {
    authorize(contract, ctx);
    const input = validateInput(contract.input, await readInput());
    authorizeSelf(contract, ctx.actor, input);
    const signature = await verifySigned(operation, ctx, input);
    const outcome = await answer(operation, ctx, input, signature);
    if (audit === true && !outcome.isReplay) {
      await recordAudit(ctx, contract.name, { id: idIn(outcome.body), ...(input as object) }, 'ok');
    }
    metrics.operations.inc({ operation: contract.name, door: ctx.door, outcome: 'ok' });
    return outcome;
  } catch (error) {
    const known = toAppError(error);
    metrics.operations.inc({ operation: contract.name, door: ctx.door, outcome: known.code });
    if (known.status >= 500) ctx.log.error({ err: error, operation: contract.name }, 'An operation failed.');
    // Refusals are security events; invalid input is not.
    if (audit && (known.status === 401 || known.status === 403)) {
      await recordAudit(ctx, contract.name, undefined, known.code).catch((cause: unknown) => {
        ctx.log.error({ err: cause }, 'A refusal could not be audited.');
      });
    }
    throw known;
  }
}

/** What the answer is about: the thing made, the job begun, the person signed in. */
function idIn(body: unknown): unknown {
  const { id, job_id: jobId, user } = (body ?? {}) as { id?: unknown; job_id?: unknown; user?: { id?: unknown } };
  return id ?? jobId ?? user?.id;
}

/** What names the signed request; undefined for every other operation. @throws AppError UNAUTHORIZED */
async function verifySigned({ contract, verify }: Operation, ctx: Ctx, input: unknown): Promise<string | undefined> {
  if (contract.access.kind !== 'signed') return undefined;
  if (!verify || !ctx.raw) throw new AppError('UNAUTHORIZED', 'This request must be signed.');
  const signature = await verify({ raw: ctx.raw, input, now: ctx.clock.now(), ip: ctx.ip });
  ctx.actor = { kind: 'signed', by: contract.access.by };
  return signature;
}

async function answer(operation: Operation, ctx: Ctx, input: unknown, signature?: string): Promise<Outcome> {
  const { contract } = operation;
  // Sent again, by a sender that did not hear us or by whoever overheard it, it is carried out once.
  if (signature !== undefined) {
    return runOnce(ctx, contract.name, `signature:${signature}`, input, () => run(operation, ctx, input));
  }
  if (contract.cacheSeconds) return answerCached(operation, ctx, input, contract.cacheSeconds);
  if (contract.idempotency === 'key' && ctx.idempotencyKey) {
    return runOnce(ctx, contract.name, ctx.idempotencyKey, input, () => run(operation, ctx, input));
  }
  return run(operation, ctx, input);
}

async function answerCached(operation: Operation, ctx: Ctx, input: unknown, seconds: number): Promise<Outcome> {
  answers ??= new AnswerCache<Outcome>('answers', config().cache.maxEntries);
  // Roles are part of the key: an answer may hold more for an admin than for a member.
  const { actor } = ctx;
  const roles =
    actor.kind === 'user' ? actor.roles.join() : actor.kind === 'key' ? `key:${actor.scopes.join()}` : actor.kind;
  const key = `${operation.contract.name}|${ctx.tenantId ?? ''}|${roles}|${canonical(input)}`;
  if (!ctx.fresh) {
    const found = answers.get(key);
    if (found) return found;
  }
  const outcome = await run(operation, ctx, input);
  outcome.json = JSON.stringify(outcome.body);
  answers.set(key, outcome, seconds);
  return outcome;
}

async function run(operation: Operation, ctx: Ctx, input: unknown): Promise<Outcome> {
  const { contract } = operation;
  const result: unknown = await operation.handler(ctx, input);
  if (result instanceof FileAnswer || result instanceof EventsAnswer) {
    return { status: contract.rest?.status ?? 200, body: undefined, headers: {}, stream: result };
  }
  if (result instanceof Reply) {
    // A text (Prometheus) or another status's body is the handler's own responsibility.
    return { status: result.status, body: result.body, headers: result.headers };
  }
  return { status: contract.rest?.status ?? 200, body: checkOutput(contract, result), headers: {} };
}

/** The contract is what clients get: a field it does not name never leaves, a wrong one is our fault. */
function checkOutput(contract: Contract, result: unknown): unknown {
  const checked = contract.output.safeParse(result);
  if (checked.success) return checked.data;
  throw new AppError('INTERNAL_ERROR', 'The answer did not match its contract.', { cause: checked.error });
}
