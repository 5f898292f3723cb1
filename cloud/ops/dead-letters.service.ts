import type { Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import { offsetOf, pageOf, type PageRequest } from '../../core/operation/paging';
import { enqueue } from '../../core/queue';
import { jobDefinition, queueNames } from '../../core/queue/definitions';
import {
  countBuried,
  isBuriedId,
  lastBuried,
  replayBuried,
  replayTable,
  tablesOf,
  viewOfBuried,
  type BuriedLetter,
} from './buried-rows.service';
import { viewOfJob, type DeadLetterView } from './dead-letter.view';
import {
  countDeadLetters,
  findDeadLetter,
  findDeadLettersById,
  findDeadLetterTimes,
  insertDeadLetter,
  markReplayed,
  type DeadLetterFacts,
  type DeadLetterTime,
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

/** Dead jobs and buried due rows, the last one first. */
export async function listDeadLetters(
  _ctx: Ctx,
  { queue, table, ...asked }: PageRequest & { queue?: string | undefined; table?: string | undefined },
): Promise<DeadLetterPage> {
  if (queue && !queueNames().includes(queue)) throw new AppError('VALIDATION_ERROR', `No queue is called "${queue}".`);
  const tables = tablesOf({ queue, table });
  const jobs = table === undefined ? { queue } : undefined;
  const [buried, dead] = await Promise.all([countBuried(tables), jobs ? countDeadLetters(jobs) : 0]);
  const total = buried + dead;
  const from = offsetOf(asked);
  if (from >= total) return { dead_letters: [], ...pageOf(asked, total) };
  // Whichever come first of each source: what is on the page is among them.
  const depth = Math.min(from + asked.limit, total);
  const heads = [
    ...(await lastBuried(tables, depth)),
    ...(jobs ? await findDeadLetterTimes({ ...jobs, limit: depth }) : []),
  ];
  const picked = heads.sort(lastFirst).slice(from, from + asked.limit);
  const views = await viewsOf(picked);
  return { dead_letters: views.filter((view) => view !== undefined), ...pageOf(asked, total) };
}

type Head = BuriedLetter | DeadLetterTime;

const lastFirst = (a: Head, b: Head): number =>
  b.at.getTime() - a.at.getTime() || (nameOf(a) < nameOf(b) ? 1 : nameOf(a) > nameOf(b) ? -1 : 0);

const nameOf = (head: Head): string => ('id' in head ? head.id : `${head.table.name}.${head.key}`);

async function viewsOf(heads: readonly Head[]): Promise<(DeadLetterView | undefined)[]> {
  const ids = heads.flatMap((head) => ('id' in head ? [head.id] : []));
  const jobs = new Map((await findDeadLettersById(ids)).map((row) => [row.id, viewOfJob(row)]));
  return Promise.all(heads.map(async (head) => ('id' in head ? jobs.get(head.id) : viewOfBuried(head))));
}

/** All buried rows of a table at once. */
export async function replayDeadLetters(
  _ctx: Ctx,
  { table, dry_run }: { table: string; dry_run: boolean },
): Promise<{ table: string; dry_run: boolean; count: number; remaining: number }> {
  return { table, dry_run, ...(await replayTable(table, { isDryRun: dry_run })) };
}

/**
 * Makes a due row new, or adds the job again, with all its tries. The mark comes after the job: a crash between them
 * leaves a letter that can be replayed once more, which the job's own key makes harmless.
 */
export async function replayDeadLetter(ctx: Ctx, id: string): Promise<{ id: string; status: 'queued' }> {
  if (isBuriedId(id)) {
    await replayBuried(id);
    return { id, status: 'queued' };
  }
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

/** Undefined for what is no JSON: no job accepts it. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
