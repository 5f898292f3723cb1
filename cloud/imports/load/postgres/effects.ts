import type { PoolClient } from 'pg';
import { PENDING } from '../../../../core/events/pending-writes';
import { pendingTexts, recordChanges, type RowChange } from '../../../../core/events/record';
import type { StepEvents } from '../../../facts/facts.events';
import { stepsOf } from '../effects';
import { storedOf } from './settle';
import type { WriteRequest } from './write';

const FETCH_ROWS = 2_000;

interface ChangedRow {
  id: string;
  after: Record<string, unknown>;
  before: Record<string, unknown> | null;
  /** An earlier change's events are still in the row. */
  carries: boolean;
}

/** What is stored before the import changes it, and stays as it is until then. For {@link recordEffects}. */
export async function keepBefore(client: PoolClient, { job, type }: WriteRequest): Promise<void> {
  if (!stepsOf(job, type)) return;
  await client.query(
    `create temp table import_before as select t."objectId" as id, to_json(t) as stored
     from (select existing_id from import_src where existing_id is not null order by existing_id) s
     cross join lateral (select * from "${type.className}" c where c."objectId" = s.existing_id for update) t`,
  );
  await client.query('analyze import_before');
}

/** The events of all rows that this import has written, within its transaction. */
export async function recordEffects(client: PoolClient, request: WriteRequest): Promise<void> {
  const { job, type } = request;
  const steps = stepsOf(job, type);
  if (!steps) return;
  const isAllNew = job.options.mode === 'insert';
  await client.query(
    `declare import_effects no scroll cursor for
     select t."objectId" as id, to_json(t) as after, ${isAllNew ? 'null' : 'b.stored'} as before,
       t.${PENDING} is not null as carries
     from "${type.className}" t ${isAllNew ? '' : 'left join import_before b on b.id = t."objectId"'}
     where t.import_id = ${client.escapeLiteral(job.job_id)}`,
  );
  for (;;) {
    const { rows } = await client.query<ChangedRow>(`fetch ${FETCH_ROWS} from import_effects`);
    const changes = rows.map((row) => ({ ...changeOf(request, steps, row), carries: row.carries }));
    await recordChanges(
      client,
      changes.filter(({ carries }) => !carries),
    );
    await carry(
      client,
      request,
      changes.filter(({ carries }) => carries),
    );
    if (rows.length < FETCH_ROWS) break;
  }
  await client.query('close import_effects');
}

function changeOf({ job, type }: WriteRequest, steps: StepEvents, { id, after, before }: ChangedRow): RowChange {
  return {
    drafts: steps(id, storedOf(type, after), before ? storedOf(type, before) : undefined),
    cause: { className: type.className, objectId: id, tenant: job.tenantId },
  };
}

/** Behind those that are there: what is recorded first comes first. */
async function carry(client: PoolClient, { type }: WriteRequest, changes: readonly RowChange[]): Promise<void> {
  const carried = changes.filter(({ drafts }) => drafts.length);
  if (!carried.length) return;
  await client.query(
    `update "${type.className}" t set ${PENDING} = t.${PENDING} || e.texts::jsonb
     from unnest($1::text[], $2::text[]) e (id, texts) where t."objectId" = e.id`,
    [
      carried.map(({ cause }) => cause.objectId),
      carried.map(({ drafts, cause }) => JSON.stringify(pendingTexts(drafts, cause))),
    ],
  );
}
