import type { DataType } from '../../convert/data-type';
import type { FieldPlan } from '../../convert/mapping';
import type { ImportOptions } from '../../convert/options';
import { instant, quoted } from './targets';

/**
 * SQL of the rows to be stored, one line a stored row: `row` (the first input row, which gives the id), `rows` (input
 * rows in it), and what assignments name as `s.…`.
 */
export function sourceSql(type: DataType, plan: FieldPlan, options: ImportOptions): string {
  if (type.isGrouped) return purchasesSql(plan);
  if (options.mode === 'insert') return 'select s.*, 1::bigint as rows from import_stage s where s.errs is null';
  const key = matchColumns(type, options).map(quoted).join(', ');
  // Of rows with one key the last holds.
  return `select distinct on (${key}) s.*, count(*) over (partition by ${key}) as rows
    from import_stage s where s.errs is null order by ${key}, s.row desc`;
}

/** Staged columns that identify a stored row. */
export function matchColumns(type: DataType, options: ImportOptions): string[] {
  return options.key.map((field) => (field === type.idField ? 'business_id' : field));
}

/** Condition, and order, by which a row `t` of the class is the first that a staged row `s` means. */
export function matchSql(type: DataType, options: ImportOptions, tenantId: string): string {
  const matches = matchColumns(type, options).map((column) => {
    if (column === 'business_id') return `t.unique_key = '${tenantId}:' || s.business_id`;
    const isDate = type.columns.find(({ name }) => name === column)?.kind === 'date';
    return `t.${quoted(column)} = ${isDate ? instant(`s.${quoted(column)}`) : `s.${quoted(column)}`}`;
  });
  // A planner that takes the table for empty reads all of it by any index that it sees a use for: that of the tenant beside
  // an id, which has the tenant within, and that of objectIds for their order.
  if (matchColumns(type, options).includes('business_id')) return matches.join(' and ');
  return [`t.tenant = '${tenantId}'`, ...matches].join(' and ') + ` order by t."objectId" || ''`;
}

/** Each line of an order with several has its own amount, so that a later file can change or add one. */
const BARE_ITEM = `'{"amount":' || trim_scale(s.amount_minor::numeric / s.scale) || '}'`;

/** Orders that need more than adding up stand in `import_order` (orders.ts). */
function purchasesSql(plan: FieldPlan): string {
  const single = `select s.id, s.row, 1::bigint as rows, s.business_id, s.customer_id, s.purchased_at,
      s.amount_minor as total_minor, s.scale, s.currency, s.status, s.channel, ('[' || s.item || ']')::jsonb as items
    from import_stage s where s.errs is null and s.business_id is null`;
  if (!plan.provided.has('order_id')) return single;
  const first = (column: string): string =>
    `(array_agg(s.${column} order by s.row) filter (where s.${column} is not null))[1]`;
  return `${single} union all
    select min(s.id), min(s.row), count(*), s.business_id, ${first('customer_id')}, min(s.purchased_at),
      sum(s.amount_minor)::bigint, max(s.scale), max(s.currency), ${first('status')}, ${first('channel')},
      case when count(*) > 1 or max(s.item) is not null
        then ('[' || string_agg(coalesce(s.item, ${BARE_ITEM}), ',' order by s.row) || ']')::jsonb end
    from import_stage s where s.errs is null and s.business_id is not null
      and not exists (select 1 from import_special x where x.business_id = s.business_id) group by s.business_id
    union all
    select null, o.row, o.rows, o.business_id, o.customer_id, o.purchased_at, o.total_minor, o.scale, o.currency,
      o.status, o.channel, o.items from import_order o`;
}
