import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { RowConverter } from '../../plan/convert';
import type { DataType, StageKind } from '../../plan/data-type';
import type { FieldPlan } from '../../plan/mapping';
import { DaySlots, figureDateOf } from '../figure-days';
import type { LoadRequest } from '../loader';
import { rowId } from '../row-ids';
import { copyErrorLine, copyLine } from './copy-text';

const SQL_TYPES: Readonly<Record<StageKind, string>> = {
  string: 'text',
  // Milliseconds; a timestamp's text would cost parsing on both sides.
  date: 'bigint',
  number: 'double precision',
  integer: 'bigint',
  json: 'text',
};

export interface Staged {
  /** Input rows, refused ones included. */
  rows: number;
  plan: FieldPlan;
  /** When the accepted rows happened, as far as the figures care. */
  slots: DaySlots;
}

/** A longer text would go straight to the old part of the heap, which is cleared only when it has grown a lot. */
const PIECE_LENGTH = 32 * 1024;

/**
 * Streams the converted rows into the session's temporary table `import_stage` (row, errs, the type's columns). A
 * refused row is staged with its errors, so that later checks and the report are set-based too.
 */
export async function stageRows(client: PoolClient, type: DataType, request: LoadRequest): Promise<Staged> {
  await createStage(client, type);
  const names = type.columns.map((column) => column.name);
  const stream = client.query(copyFrom(`copy import_stage (row, errs, id, ${names.join(', ')}) from stdin`));
  // The stream may fail while nobody writes; the failure is met again at the next write or at the end.
  stream.on('error', () => undefined);
  let plan: FieldPlan | undefined;
  let converter: RowConverter | undefined;
  let rows = 0;
  let accepted = 0;
  const slots = new DaySlots();
  const figureDate = figureDateOf(type);
  const dateIndex = type.columns.findIndex((column) => column.name === figureDate);
  try {
    for await (const batch of request.batches) {
      plan ??= request.plan(batch.header);
      converter ??= new RowConverter(plan);
      let text = '';
      for (const raw of batch.rows) {
        const result = converter.convert(raw);
        if (RowConverter.isRefused(result)) {
          text += copyErrorLine(raw.row, result, names.length);
          continue;
        }
        accepted += 1;
        text += copyLine(raw.row, rowId(request.job.id_prefix, accepted), result);
        if (dateIndex >= 0) slots.add(result[dateIndex] ?? null);
        if (text.length > PIECE_LENGTH) {
          await writeText(stream, text);
          text = '';
        }
      }
      rows += batch.rows.length;
      if (text) await writeText(stream, text);
      await request.beat({ phase: 'reading', rows });
    }
    stream.end();
    await finished(stream);
  } catch (error) {
    stream.destroy();
    throw error;
  }
  return { rows, plan: plan ?? request.plan([]), slots };
}

/** Until the connection has taken it: what is not sent must not pile up. */
function writeText(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

async function createStage(client: PoolClient, type: DataType): Promise<void> {
  const columns = type.columns.map(({ name, kind }) => `${name} ${SQL_TYPES[kind]}`);
  await client.query(`set work_mem = '64MB'`);
  await client.query(
    `create temp table import_stage (row integer not null, errs text, id text, ${columns.join(', ')})`,
  );
}
