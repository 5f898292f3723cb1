import Parse from 'parse/node';

/** The class is written by the server only; who may read it was decided by the operation. */
const MASTER = { useMasterKey: true };

export interface DeadLetterFacts {
  messageId: string;
  queue: string;
  type: string;
  /** JSON text. */
  payload: string;
  attempts: number;
  lastError: string;
  failedAt: Date;
}

export interface DeadLetterRow extends DeadLetterFacts {
  id: string;
  replayedAt: Date | undefined;
}

/** @returns false when the row was there before. */
export async function insertDeadLetter(facts: DeadLetterFacts): Promise<boolean> {
  const row = new Parse.Object('DeadLetter');
  const acl = new Parse.ACL();
  acl.setRoleReadAccess('admin', true);
  row.setACL(acl);
  try {
    await row.save(
      {
        message_id: facts.messageId,
        queue: facts.queue,
        type: facts.type,
        payload: facts.payload,
        attempts: facts.attempts,
        last_error: facts.lastError,
        failed_at: facts.failedAt,
      },
      MASTER,
    );
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === Parse.Error.DUPLICATE_VALUE) return false;
    throw error;
  }
}

export async function countDeadLetters({ queue }: { queue: string | undefined }): Promise<number> {
  return ofQueue(queue).count(MASTER);
}

/** A row, and its place among others. */
export interface DeadLetterTime {
  id: string;
  at: Date;
}

/** The last ones first. */
export async function findDeadLetterTimes(filter: {
  queue: string | undefined;
  limit: number;
}): Promise<DeadLetterTime[]> {
  const query = ofQueue(filter.queue).select('failed_at');
  // A second key keeps pages apart where the first has ties.
  const rows = await query.descending('failed_at').addDescending('objectId').limit(filter.limit).find(MASTER);
  return rows.map((row) => ({ id: row.id!, at: failedAt(row) }));
}

export async function findDeadLettersById(ids: readonly string[]): Promise<DeadLetterRow[]> {
  if (!ids.length) return [];
  const query = new Parse.Query('DeadLetter').containedIn('objectId', [...ids]).limit(ids.length);
  return (await query.find(MASTER)).map(toRow);
}

function ofQueue(queue: string | undefined): Parse.Query {
  const query = new Parse.Query('DeadLetter');
  return queue ? query.equalTo('queue', queue) : query;
}

export async function findDeadLetter(id: string): Promise<DeadLetterRow | undefined> {
  const row = await new Parse.Query('DeadLetter').equalTo('objectId', id).first(MASTER);
  return row && toRow(row);
}

export async function markReplayed(id: string, at: Date): Promise<void> {
  const row = new Parse.Object('DeadLetter');
  row.id = id;
  await row.save({ replayed_at: at }, MASTER);
}

export async function countOpenDeadLetters(): Promise<number> {
  return new Parse.Query('DeadLetter').doesNotExist('replayed_at').count(MASTER);
}

/** A row made by hand in Parse Dashboard may lack fields; the list must not fail for it. */
function toRow(row: Parse.Object): DeadLetterRow {
  const text = (name: string): string => (row.get(name) as string | undefined) ?? '';
  return {
    id: row.id!,
    messageId: text('message_id'),
    queue: text('queue'),
    type: text('type'),
    payload: text('payload'),
    attempts: (row.get('attempts') as number | undefined) ?? 0,
    lastError: text('last_error'),
    failedAt: failedAt(row),
    replayedAt: row.get('replayed_at') as Date | undefined,
  };
}

function failedAt(row: Parse.Object): Date {
  return (row.get('failed_at') as Date | undefined) ?? row.createdAt!;
}
