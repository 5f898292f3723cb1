import type { PoolClient } from 'pg';
import { RowConverter } from '../../convert/convert';
import type { DataType } from '../../convert/data-type';
import type { FieldPlan } from '../../convert/mapping';
import { DaySlots, figureDateOf, SLOT_MS } from '../figure-days';
import type { LoadRequest } from '../loader';
import { rowId } from '../row-ids';
import { isStaged, withoutFirst } from '../staged-already';
import { copyErrorLine, copyLine } from './copy-text';
import { openStage, type StageTable } from './stage-table';
import { StageWriter } from './stage-writer';

/** About half a second's work; a killed worker loses no more of the reading. */
const CHECKPOINT_ROWS = 25_000;

export interface Staged {
  /** Input rows, refused ones included. */
  rows: number;
  plan: FieldPlan;
  /** When the accepted rows happened, as far as the figures care. */
  slots: DaySlots;
}

/**
 * Streams the converted rows into the table `import_stage`, from the row on at which an earlier run was killed. A refused
 * row is staged with its errors, so that later checks and the report are set-based too.
 */
export async function stageRows(client: PoolClient, type: DataType, request: LoadRequest): Promise<Staged> {
  const { job } = request;
  const table = await openStage(client, type, job);
  const slots = await readSlots(client, type, table);
  if (isStaged(job, table.rows)) return { rows: table.rows, plan: request.plan(job.header), slots };
  const writer = new StageWriter(client, type, request);
  try {
    return await convertRows(type, { request, table, writer, slots });
  } catch (error) {
    writer.destroy();
    throw error;
  }
}

interface Conversion {
  request: LoadRequest;
  table: StageTable;
  writer: StageWriter;
  slots: DaySlots;
}

async function convertRows(type: DataType, { request, table, writer, slots }: Conversion): Promise<Staged> {
  let plan: FieldPlan | undefined;
  let converter: RowConverter | undefined;
  let header: readonly string[] = [];
  let { rows, accepted } = table;
  let checkpointAt = table.isLasting ? rows + CHECKPOINT_ROWS : Infinity;
  const dateIndex = type.columns.findIndex((column) => column.name === figureDateOf(type));
  for await (const batch of withoutFirst(request.batches, table.rows)) {
    header = batch.header;
    plan ??= request.plan(header);
    converter ??= new RowConverter(plan);
    for (const raw of batch.rows) {
      const result = converter.convert(raw);
      if (RowConverter.isRefused(result)) {
        const order = converter.orderOf(raw);
        const line = copyErrorLine(raw.row, result, { order, columnCount: type.columns.length });
        if (writer.add(line)) await writer.flush();
        continue;
      }
      accepted += 1;
      if (writer.add(copyLine(raw.row, rowId(request.job.id_prefix, accepted), result))) await writer.flush();
      if (dateIndex >= 0) slots.add(result[dateIndex] ?? null);
    }
    rows += batch.rows.length;
    if (rows >= checkpointAt) {
      await writer.checkpoint({});
      checkpointAt = rows + CHECKPOINT_ROWS;
    }
    await writer.flush();
    await request.beat({ phase: 'reading', rows });
  }
  const counts = { read: rows, inserted: 0, updated: 0, skipped: 0, rejected: 0 };
  await writer.checkpoint({ phase: 'loading', header, counts });
  return { rows, plan: plan ?? request.plan([]), slots };
}

/** Of the rows that an earlier run staged. */
async function readSlots(client: PoolClient, type: DataType, table: StageTable): Promise<DaySlots> {
  const slots = new DaySlots();
  const column = figureDateOf(type);
  if (!column || table.accepted === 0) return slots;
  const { rows } = await client.query<{ at: number }>(
    `select distinct (floor("${column}" / ${SLOT_MS}.0) * ${SLOT_MS})::double precision as at from import_stage
     where errs is null and "${column}" is not null`,
  );
  for (const { at } of rows) slots.add(at);
  return slots;
}
