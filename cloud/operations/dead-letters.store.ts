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

export async function findDeadLetters(filter: {
  queue: string | undefined;
  skip: number;
  limit: number;
}): Promise<{ rows: DeadLetterRow[]; total: number }> {
  const query = new Parse.Query('DeadLetter');
  if (filter.queue) query.equalTo('queue', filter.queue);
  query.descending('failed_at').skip(filter.skip).limit(filter.limit).withCount(true);
  const { results, count } = (await query.find(MASTER)) as unknown as { results: Parse.Object[]; count: number };
  return { rows: results.map(toRow), total: count };
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

function toRow(row: Parse.Object): DeadLetterRow {
  return {
    id: row.id!,
    messageId: row.get('message_id') as string,
    queue: row.get('queue') as string,
    type: row.get('type') as string,
    payload: row.get('payload') as string,
    attempts: row.get('attempts') as number,
    lastError: row.get('last_error') as string,
    failedAt: row.get('failed_at') as Date,
    replayedAt: row.get('replayed_at') as Date | undefined,
  };
}
