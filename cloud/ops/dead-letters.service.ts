import type { Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import { offsetOf, pageOf, type PageRequest } from '../../core/operation/paging';
import { enqueue } from '../../core/queue';
import { jobDefinition, queueNames } from '../../core/queue/definitions';
import {
  findDeadLetter,
  findDeadLetters,
  insertDeadLetter,
  markReplayed,
  type DeadLetterFacts,
  type DeadLetterRow,
} from './dead-letters.store';

/** Keeps what the queue will forget. Safe to repeat: one row a job. */
export async function recordDeadLetter(ctx: Ctx, facts: Omit<DeadLetterFacts, 'failedAt'>): Promise<void> {
  const isNew = await insertDeadLetter({ ...facts, failedAt: ctx.clock.now() });
  if (isNew) ctx.log.error({ job: facts.type, messageId: facts.messageId }, 'A job failed for the last time.');
}

export interface DeadLetterPage {
  dead_letters: DeadLetterView[];
  total: number;
  page: number;
  limit: number;
  offset: number;
}

interface DeadLetterView {
  id: string;
  message_id: string;
  queue: string;
  type: string;
  payload: string;
  attempts: number;
  last_error: string;
  failed_at: string;
  replayed_at: string | null;
}

export async function listDeadLetters(
  _ctx: Ctx,
  { queue, ...asked }: PageRequest & { queue?: string | undefined },
): Promise<DeadLetterPage> {
  if (queue && !queueNames().includes(queue)) throw new AppError('VALIDATION_ERROR', `No queue is called "${queue}".`);
  const { rows, total } = await findDeadLetters({ queue, skip: offsetOf(asked), limit: asked.limit });
  return { dead_letters: rows.map(toView), ...pageOf(asked, total) };
}

/**
 * Adds the job again, with all its tries. The mark comes after the job: a crash between them
 * leaves a letter that can be replayed once more, which the job's own key makes harmless.
 */
export async function replayDeadLetter(ctx: Ctx, id: string): Promise<{ id: string; status: 'queued' }> {
  const row = await findDeadLetter(id);
  if (!row) throw new AppError('NOT_FOUND', 'There is no such dead letter.');
  const definition = jobDefinition(row.type);
  if (!definition) throw new AppError('CONFLICT', `This release has no job "${row.type}".`);
  const payload = definition.payload.safeParse(parsed(row.payload));
  if (!payload.success) throw new AppError('CONFLICT', 'This release does not accept the payload any more.');
  try {
    await enqueue(definition, payload.data);
  } catch (error) {
    throw new AppError('SERVICE_UNAVAILABLE', 'The queue does not answer.', { cause: error, retryAfterSeconds: 5 });
  }
  await markReplayed(row.id, ctx.clock.now());
  return { id: row.id, status: 'queued' };
}

function toView(row: DeadLetterRow): DeadLetterView {
  return {
    id: row.id,
    message_id: row.messageId,
    queue: row.queue,
    type: row.type,
    payload: row.payload,
    attempts: row.attempts,
    last_error: row.lastError,
    failed_at: row.failedAt.toISOString(),
    replayed_at: row.replayedAt?.toISOString() ?? null,
  };
}

/** Undefined for what is no JSON: no job accepts it. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
