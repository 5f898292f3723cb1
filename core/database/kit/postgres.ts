import type { Pool, PoolClient } from 'pg';
import type { Dialect } from './dialect';
import { kindOf, postgresTable, type Shape } from './shape';
import { fromPostgres, given, keyOf, toPostgres } from './values';
import { listsOf, testsOf, type Test, type Where } from './where';

/** Parameters of one statement; the protocol allows 65,535. */
const MAX_VALUES = 30_000;
const SIGNS = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

type Bind = (value: unknown) => string;
type Stored = Record<string, unknown>;

export function postgresDialect<Row>(shape: Shape<Row>, db: Pool | PoolClient): Dialect<Row> {
  const table = postgresTable(shape);
  const columns = Object.keys(shape.columns).map(quoted).join(', ');
  const run = async (text: (bind: Bind) => string): Promise<{ rows: Row[]; count: number }> => {
    const values: unknown[] = [];
    const statement = text((value) => `$${values.push(value)}`);
    const { rows, rowCount } = await db.query<Stored>(statement, values);
    return { rows: rows.map((row) => fromPostgres(shape, row)), count: rowCount ?? 0 };
  };
  const test = (where: Where<Row>, bind: Bind): string => condition(shape, where, bind);
  return {
    async insertMany(rows) {
      let count = 0;
      const size = Math.max(1, Math.floor(MAX_VALUES / Object.keys(shape.columns).length));
      for (let start = 0; start < rows.length; start += size) {
        const piece = rows.slice(start, start + size);
        count += (await run((bind) => `${insertion(shape, piece, bind)} on conflict do nothing`)).count;
      }
      return count;
    },
    async put(row, when) {
      const others = given(shape, row).filter(([column]) => !shape.key.includes(column as keyof Row & string));
      const sets = others.map(([column]) => `${quoted(column)} = excluded.${quoted(column)}`).join(', ');
      const { count } = await run((bind) => {
        const target = `${insertion(shape, [row], bind)} on conflict (${shape.key.map(quoted).join(', ')})`;
        if (!sets) return `${target} do nothing`;
        return `${target} do update set ${sets} ${when ? `where ${test(when, bind)}` : ''}`;
      });
      return count === 1;
    },
    async list(where, { order = [], limit, offset, after }) {
      const { rows } = await run((bind) => {
        const tests = [test(where, bind)];
        if (after) tests.push(behind(shape, order, after, bind));
        const by = order.map(([column, direction]) => `${quoted(column)} ${direction}`).join(', ');
        const rest = `${by ? `order by ${by}` : ''} ${limit === undefined ? '' : `limit ${bind(limit)}`} ${offset ? `offset ${bind(offset)}` : ''}`;
        return `select ${columns} from ${table} as t where ${tests.join(' and ')} ${rest}`;
      });
      return rows;
    },
    async count(where) {
      const values: unknown[] = [];
      const text = test(where, (value) => `$${values.push(value)}`);
      const { rows } = await db.query<{ n: number }>(
        `select count(*)::int as n from ${table} as t where ${text}`,
        values,
      );
      return rows[0]!.n;
    },
    async update(where, change) {
      return (
        await run((bind) => `update ${table} as t set ${setting(shape, change, bind)} where ${test(where, bind)}`)
      ).count;
    },
    async claim(where, change) {
      const { rows } = await run(
        (bind) => `update ${table} as t set ${setting(shape, change, bind)}
          where ctid = (select ctid from ${table} as t where ${test(where, bind)} limit 1 for update)
          returning ${columns}`,
      );
      return rows[0];
    },
    async remove(where) {
      return (await run((bind) => `delete from ${table} as t where ${test(where, bind)}`)).count;
    },
  };
}

const quoted = (column: string): string => `"${column}"`;

/** Columns that one of the rows has; a row without one gets null. */
function insertion<Row>(shape: Shape<Row>, rows: readonly Partial<Row>[], bind: Bind): string {
  for (const row of rows) keyOf(shape, row);
  const columns = [...new Set(rows.flatMap((row) => given(shape, row).map(([column]) => column)))];
  const tuples = rows.map((row) => {
    const values = columns.map((column) => toPostgres(shape, column, row[column as keyof Row] ?? null));
    return `(${values.map(bind).join(', ')})`;
  });
  return `insert into ${postgresTable(shape)} as t (${columns.map(quoted).join(', ')}) values ${tuples.join(', ')}`;
}

function setting<Row>(shape: Shape<Row>, change: Partial<Row>, bind: Bind): string {
  const sets = given(shape, change).map(
    ([column, value]) => `${quoted(column)} = ${bind(toPostgres(shape, column, value))}`,
  );
  if (!sets.length) throw new Error('A change changes something.');
  return sets.join(', ');
}

function condition<Row>(shape: Shape<Row>, where: Where<Row>, bind: Bind): string {
  const lists = listsOf(where).map((all) => {
    const tests = testsOf(all).map(([column, test]) => testText(shape, column, test, bind));
    return tests.length ? tests.join(' and ') : 'true';
  });
  return lists.length ? `(${lists.map((list) => `(${list})`).join(' or ')})` : 'false';
}

function testText<Row>(shape: Shape<Row>, column: string, test: Test, bind: Bind): string {
  kindOf(shape, column);
  const name = `t.${quoted(column)}`;
  const text = bareTest(name, test, bind);
  return test.orNull ? `(${name} is null or ${text})` : text;
}

function bareTest(name: string, { operator, operand, field }: Test, bind: Bind): string {
  if (operator === 'in') return `${name} = any(${bind(operand)})`;
  if (operator === 'between') {
    const [from, to] = operand as [unknown, unknown];
    return `(${name} >= ${bind(from)} and ${name} < ${bind(to)})`;
  }
  if (operator === 'json') return `${name} ->> '${field}' = ${bind(operand)}`;
  if (operator === 'eq') return operand === null ? `${name} is null` : `${name} = ${bind(operand)}`;
  if (operator === 'ne') return operand === null ? `${name} is not null` : `${name} is distinct from ${bind(operand)}`;
  return `${name} ${SIGNS[operator]} ${bind(operand)}`;
}

/** Rows behind one in the order; all columns go the same way. */
function behind<Row>(
  shape: Shape<Row>,
  order: readonly (readonly [string, 'asc' | 'desc'])[],
  after: Partial<Row>,
  bind: Bind,
): string {
  const values = order.map(([column]) => bind(toPostgres(shape, column, after[column as keyof Row])));
  const sign = order[0]?.[1] === 'desc' ? '<' : '>';
  return `(${order.map(([column]) => `t.${quoted(column)}`).join(', ')}) ${sign} (${values.join(', ')})`;
}
