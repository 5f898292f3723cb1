import type { PoolClient } from 'pg';
import type { FieldPlan } from '../../convert/mapping';
import type { ImportOptions } from '../../convert/options';
import type { StageValue } from '../../convert/data-type';
import type { OrderFields, OrderRequest, StoredOrder } from '../orders/order';
import { resolveOrder } from '../orders/resolve-order';
import { lookUp } from './look-up';
import type { StagedRow } from '../staged-row';
import { WarnedRows } from '../warned-rows';

interface OrdersRequest {
  plan: FieldPlan;
  options: ImportOptions;
  tenantId: string;
}

const FETCH_ROWS = 5_000;

/**
 * Puts together the orders that SQL does not add up by itself (`import_special`), by the rules that both stores share: with
 * refused or unlike lines, with totals, stored already. Leaves the purchases that they make in `import_order`.
 * @returns rows that were told by their place alone
 */
export async function resolveOrders(client: PoolClient, request: OrdersRequest): Promise<WarnedRows> {
  await client.query(`create temp table import_order (business_id text, row integer, rows bigint, customer_id text,
    purchased_at bigint, total_minor bigint, scale bigint, currency text, status text, channel text, items jsonb)`);
  await client.query('create temp table import_held (row integer, errs text)');
  const byPlace = new WarnedRows();
  if (!(await findSpecial(client, request))) return byPlace;
  await client.query(`declare import_lines no scroll cursor for ${linesSql(request)}`);
  let open: OpenOrder | undefined;
  for (;;) {
    const { rows } = await client.query<LineRow>(`fetch ${FETCH_ROWS} from import_lines`);
    const done: OpenOrder[] = [];
    for (const row of rows) {
      if (open?.id !== row.business_id) {
        if (open) done.push(open);
        open = { id: row.business_id, lines: [] };
      }
      open.lines.push(row);
    }
    if (rows.length < FETCH_ROWS && open) done.push(open);
    await store(client, request, { done, byPlace });
    if (rows.length < FETCH_ROWS) break;
  }
  await client.query('close import_lines');
  await client.query(
    'update import_stage s set errs = h.errs from import_held h where s.row = h.row and s.errs is null',
  );
  await client.query('analyze import_order');
  return byPlace;
}

interface LineRow {
  business_id: string;
  row: number;
  is_refused: boolean;
  values: StageValue[];
  stored: StoredOrder | null;
}

interface OpenOrder {
  id: string;
  lines: LineRow[];
}

async function findSpecial(client: PoolClient, { plan, options, tenantId }: OrdersRequest): Promise<boolean> {
  const isUnlike = `bool_or(errs is not null or amount_minor is null or currency is null or purchased_at is null
      or status is null) or min(currency) <> max(currency) or min(customer_id) <> max(customer_id)
    or min(status) <> max(status) or abs(sum(amount_minor)) > ${Number.MAX_SAFE_INTEGER}`;
  const isRepeated = plan.provided.has('line_id')
    ? `or count(item::json ->> 'line_id') <> count(distinct item::json ->> 'line_id')`
    : '';
  const isSpecial = plan.amountIs === 'order' ? 'true' : `(${isUnlike} ${isRepeated})`;
  await client.query(`create temp table import_special as
    select business_id from import_stage where business_id is not null
    group by business_id having count(*) filter (where errs is null) > 0 and ${isSpecial}`);
  if (options.mode !== 'insert') {
    // Locked until the import commits: what they hold now is what the lines are added to.
    await client.query(
      `insert into import_special select substr(t.unique_key, length($1) + 1) from (
         select p.unique_key
         from (select distinct business_id from import_stage where errs is null and business_id is not null order by 1) s
         cross join lateral (select o.unique_key from "Purchase" o where o.unique_key = $1 || s.business_id for update) p) t
       -- Hashed, whatever the planner guesses.
       where t.unique_key not in (select $1 || business_id from import_special)`,
      [`${tenantId}:`],
    );
  }
  await client.query('analyze import_special');
  const { rows } = await client.query('select 1 from import_special limit 1');
  return rows.length > 0;
}

function linesSql({ plan, options, tenantId }: OrdersRequest): string {
  const values = plan.type.columns.map(({ name }) => `s.${name}`).join(', ');
  const isMatched = options.mode !== 'insert';
  const stored = `case when p."objectId" is null then null else json_build_object('totalMinor', p.total_minor,
    'currency', p.currency, 'status', p.status, 'items', p.items, 'customerId', c.external_id,
    'purchasedAt', floor(extract(epoch from p.purchased_at) * 1000)) end`;
  const join = `left join lateral (${lookUp(
    `select * from "Purchase" t where t.unique_key = '${tenantId}:' || s.business_id`,
  )}) p on true
    left join lateral (${lookUp('select t.external_id from "Customer" t where t."objectId" = p.customer')}) c on true`;
  return `select s.business_id, s.row, s.errs is not null as is_refused, json_build_array(${values}) as values,
      ${isMatched ? stored : 'null'} as stored
    from import_stage s join import_special x using (business_id) ${isMatched ? join : ''}
    order by s.business_id, s.row`;
}

interface Resolved {
  order: OpenOrder;
  fields: OrderFields;
}

async function store(
  client: PoolClient,
  request: OrdersRequest,
  { done, byPlace }: { done: readonly OpenOrder[]; byPlace: WarnedRows },
): Promise<void> {
  const held: { row: number; errs: string }[] = [];
  const made: Resolved[] = [];
  for (const order of done) {
    const result = resolveOrder(requestOf(request, order));
    if ('fields' in result) {
      made.push({ order, fields: result.fields });
      if (result.fields.isByPlace) byPlace.add(order.lines.map(({ row }) => row));
      continue;
    }
    const byRow = new Map<number, object[]>();
    for (const error of result.errors) byRow.set(error.row, [...(byRow.get(error.row) ?? []), error]);
    for (const [row, errors] of byRow) held.push({ row, errs: JSON.stringify(errors) });
  }
  await client.query('insert into import_held select * from unnest($1::int[], $2::text[])', [
    held.map(({ row }) => row),
    held.map(({ errs }) => errs),
  ]);
  await client.query(
    `insert into import_order select * from jsonb_to_recordset($1) as o (business_id text, row integer, rows bigint,
      customer_id text, purchased_at bigint, total_minor bigint, scale bigint, currency text, status text, channel text,
      items jsonb)`,
    [JSON.stringify(made.map(toRecord))],
  );
}

function requestOf({ plan, options }: OrdersRequest, { id, lines }: OpenOrder): OrderRequest {
  const accepted = lines.filter((line) => !line.is_refused);
  return {
    plan,
    mode: options.mode,
    id,
    rows: accepted.map(({ row, values }): StagedRow => ({ row, values })),
    refused: lines.filter((line) => line.is_refused).map(({ row }) => row),
    stored: lines[0]?.stored ?? undefined,
  };
}

function toRecord({ order, fields }: Resolved): Record<string, unknown> {
  const { customerId, purchasedAt, totalMinor, items, scale, currency, status, channel } = fields;
  return {
    business_id: order.id,
    row: order.lines[0]!.row,
    rows: order.lines.length,
    customer_id: customerId,
    purchased_at: purchasedAt,
    total_minor: totalMinor,
    scale,
    currency,
    status,
    channel,
    items,
  };
}
