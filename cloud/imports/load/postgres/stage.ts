import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { RowConverter } from '../../plan/convert';
import type { DataType, StageKind } from '../../plan/data-type';
import type { FieldPlan } from '../../plan/mapping';
import type { LoadRequest } from '../loader';
import { copyErrorLine, copyLine } from './copy-text';

const SQL_TYPES: Readonly<Record<StageKind, string>> = {
  string: 'text',
  // Milliseconds; a timestamp's text would cost parsing on both sides.
  date: 'bigint',
  number: 'double precision',
  integer: 'bigint',
  json: 'text',
};

/**
 * Streams the converted rows into the session's temporary table `import_stage` (row, errs, the type's columns). A
 * refused row is staged with its errors, so that later checks and the report are set-based too.
 * @returns rows read and how their fields were found
 */
export async function stageRows(
  client: PoolClient,
  type: DataType,
  request: LoadRequest,
): Promise<{ rows: number; plan: FieldPlan }> {
  await createStage(client, type);
  const names = type.columns.map((column) => column.name);
  const stream = client.query(copyFrom(`copy import_stage (row, errs, ${names.join(', ')}) from stdin`));
  // The stream may fail while nobody writes; the failure is met again at the next write or at the end.
  stream.on('error', () => undefined);
  let plan: FieldPlan | undefined;
  let converter: RowConverter | undefined;
  let rows = 0;
  try {
    for await (const batch of request.batches) {
      plan ??= request.plan(batch.header);
      converter ??= new RowConverter(plan);
      let text = '';
      for (const raw of batch.rows) {
        const result = converter.convert(raw);
        text += RowConverter.isRefused(result)
          ? copyErrorLine(raw.row, result, names.length)
          : copyLine(raw.row, result);
      }
      rows += batch.rows.length;
      if (text && !stream.write(text)) await Promise.race([once(stream, 'drain'), finished(stream)]);
      await request.beat({ phase: 'reading', rows });
    }
    stream.end();
    await finished(stream);
  } catch (error) {
    stream.destroy();
    throw error;
  }
  return { rows, plan: plan ?? request.plan([]) };
}

async function createStage(client: PoolClient, type: DataType): Promise<void> {
  const columns = type.columns.map(({ name, kind }) => `${name} ${SQL_TYPES[kind]}`);
  await client.query(`set work_mem = '64MB'`);
  await client.query(`create temp table import_stage (row integer not null, errs text, ${columns.join(', ')})`);
}
