import type { PoolClient } from 'pg';
import { valuesOf, type FactValues } from '../../../facts/define';
import type { DataType, StageValue } from '../../convert/data-type';
import type { FieldPlan } from '../../convert/mapping';
import type { ImportOptions } from '../../convert/options';
import { isLeftByRules, settleRows, type SettledRows } from '../settle-rows';
import { stagedValue, type StagedRow } from '../staged-row';
import { matchColumns, matchSql } from './source';
import { SQL_TYPES } from './stage-table';
import { quoted } from './targets';

const FETCH_ROWS = 5_000;

interface SettleRequest {
  plan: FieldPlan;
  options: ImportOptions;
  tenantId: string;
}

interface MetRow {
  match: string;
  row: number;
  values: StageValue[];
  stored: Record<string, unknown> | null;
}

/**
 * Leaves the staged rows as the fact's rules want them beside what is stored, and refuses those that they refuse. Stored
 * rows are locked until the import commits: what they hold now is what the rules have seen.
 */
export async function settleStaged(client: PoolClient, { plan, options, tenantId }: SettleRequest): Promise<void> {
  const { type } = plan;
  const { className, columns } = type;
  const isMet = matchSql(type, options, tenantId);
  const key = matchColumns(type, options).map((column) => `s.${quoted(column)}`);
  await client.query(
    `select 1 from (select distinct ${key.join(', ')} from import_stage s where s.errs is null order by ${key.join(', ')}) s
     cross join lateral (select 1 from "${className}" t where ${isMet} for update) held`,
  );
  await client.query(`declare import_met no scroll cursor for
    select json_build_array(${key.join(', ')})::text as match, s.row, m.stored,
      json_build_array(${columns.map(({ name }) => `s.${quoted(name)}`).join(', ')}) as values
    from import_stage s left join lateral
      (select to_json(t) as stored from "${className}" t where ${isMet} limit 1) m on true
    where s.errs is null order by ${key.join(', ')}, s.row`);
  let open: MetRow[] = [];
  for (;;) {
    const { rows } = await client.query<MetRow>(`fetch ${FETCH_ROWS} from import_met`);
    const done: SettledRows[] = [];
    for (const row of rows) {
      if (open.length && open[0]!.match !== row.match) done.push(settle(plan, open.splice(0)));
      open.push(row);
    }
    if (rows.length < FETCH_ROWS && open.length) done.push(settle(plan, open));
    await store(client, plan, done);
    if (rows.length < FETCH_ROWS) break;
    open = [...open];
  }
  await client.query('close import_met');
}

function settle(plan: FieldPlan, met: readonly MetRow[]): SettledRows {
  const rows = met.map(({ row, values }): StagedRow => ({ row, values }));
  const { stored } = met[0]!;
  return settleRows(plan, rows, stored ? storedOf(plan.type, stored) : undefined);
}

/** A stored row as JSON, which has dates as texts. */
export function storedOf(type: DataType, stored: Record<string, unknown>): FactValues {
  return valuesOf(type.fact, (name) => {
    const value = stored[name];
    const isDate = type.fact.fields[name]?.kind === 'date' && typeof value === 'string';
    return isDate ? new Date(value) : value;
  });
}

async function store(client: PoolClient, { type }: FieldPlan, done: readonly SettledRows[]): Promise<void> {
  const errors = done.flatMap((settled) => settled.errors);
  await client.query(
    `update import_stage s set errs = e.errs from unnest($1::int[], $2::text[]) e (row, errs) where s.row = e.row`,
    [errors.map(({ row }) => row), errors.map((error) => JSON.stringify([error]))],
  );
  const columns = type.columns.filter(isLeftByRules);
  if (!columns.length) return;
  const records = done.flatMap(({ row }) =>
    row
      ? [{ row: row.row, ...Object.fromEntries(columns.map(({ name }) => [name, stagedValue(type, row, name)])) }]
      : [],
  );
  await client.query(
    `update import_stage s set ${columns.map(({ name }) => `"${name}" = r."${name}"`).join(', ')}
     from json_to_recordset($1) r (row int, ${columns.map(({ name, kind }) => `"${name}" ${SQL_TYPES[kind]}`).join(', ')})
     where s.row = r.row`,
    [JSON.stringify(records)],
  );
}
