import type { z } from 'zod';
import { config } from '../../core/config';
import { isPlatformAdmin, type Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import { withLease, type Lease } from '../../core/lease/lease';
import { Reply } from '../../core/operation/operation';
import { invalidField } from '../../core/operation/issues';
import { syncedClass } from './classes';
import { localTarget } from './local-target';
import type { syncParseData } from './parse-sync.contract';
import { remoteTarget } from './remote-target';
import { sourceTime, writtenFields } from './source-data';
import type { Target } from './target';
import { oneByOne } from './turns';
import { writeObject, type ObjectWrite } from './write-object';

type Input = z.output<typeof syncParseData.input>;
export type SyncAnswer = z.input<typeof syncParseData.output>;

/** One object's writers wait for each other, for as long as this; each takes some milliseconds. */
const LEASE = { holdMs: 20_000, waitMs: 60_000 };

/**
 * A29. The class, the id and the source's time decide; what is written passes everything that any save passes.
 * @throws AppError FORBIDDEN, VALIDATION_ERROR, NOT_FOUND, CONFLICT where the state is older than the one that is there
 */
export async function syncObject(ctx: Ctx, input: Input): Promise<SyncAnswer | Reply<SyncAnswer>> {
  const className = syncedClass(input.collection);
  const target = await targetOf(ctx);
  const { operation, data } = input;
  const { objectId } = data;
  if (objectId === undefined && operation !== 'create') throw invalidField('data.objectId', 'missing', 'is missing');
  const facts = { success: true as const, operation, collection: input.collection };
  if (operation === 'read') {
    const row = await target.find(className, objectId!);
    if (!row) throw new AppError('NOT_FOUND', `There is no ${className} ${objectId}.`);
    return { ...facts, objectId: objectId!, created: false, data: row };
  }
  const write: ObjectWrite = {
    target,
    operation,
    className,
    objectId,
    fields: writtenFields(data),
    sourceAt: sourceTime(data.updatedAt),
    now: ctx.clock.now(),
  };
  const done = await inTurn(write, (lease) => writeObject(write, lease));
  const answer: SyncAnswer = { ...facts, ...done };
  return done.created ? new Reply(201, answer) : answer;
}

/** The server that PARSE_SERVER_URL names, else this one. */
async function targetOf(ctx: Ctx): Promise<Target> {
  const server = config().integrations.parse;
  if (!server) return localTarget(ctx);
  // Its master key knows no tenants.
  if (!isPlatformAdmin(ctx.actor)) throw new AppError('FORBIDDEN', 'Only administrators write to another server.');
  return remoteTarget(server);
}

/** Nobody else knows the id of an object that is yet to get one. */
function inTurn<T>(write: ObjectWrite, work: (lease: Lease | undefined) => Promise<T>): Promise<T> {
  const { target, className, objectId } = write;
  if (objectId === undefined) return work(undefined);
  const name = `parse-sync:${target.peer}:${className}:${objectId}`;
  return oneByOne(name, () => withLease(name, LEASE, work));
}
