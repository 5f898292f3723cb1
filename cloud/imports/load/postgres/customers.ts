import type { PoolClient } from 'pg';
import { tenantPermissions } from '../../../../core/schema/acl';
import { lookUp } from './look-up';
import { newIdPrefix, rowIdSql } from '../row-ids';

interface CustomerRequest {
  tenantId: string;
  jobId: string;
  now: Date;
}

/**
 * Makes a Customer for every id of accepted rows that has none, and leaves the ids in the temporary table
 * `import_customer` (customer_id, id). Written in key order, so that two writers cannot deadlock.
 */
export async function ensureCustomers(client: PoolClient, request: CustomerRequest): Promise<void> {
  const { read, write } = tenantPermissions(request.tenantId);
  const keyPrefix = `${request.tenantId}:`;
  await client.query(
    'create temp table import_customer (customer_id text not null, id text not null, is_new boolean not null)',
  );
  await client.query(
    `insert into import_customer
     select n.customer_id, coalesce(c."objectId", ${rowIdSql('$1', 'row_number() over ()')}), c."objectId" is null
     from (select distinct customer_id from import_stage where errs is null and customer_id is not null) n
     left join lateral (${lookUp(`select t."objectId" from "Customer" t where t.unique_key = $2 || n.customer_id`)}) c on true`,
    [newIdPrefix(), keyPrefix],
  );
  await client.query('analyze import_customer');
  const { rowCount } = await client.query(
    `insert into "Customer" ("objectId", "createdAt", "updatedAt", _rperm, _wperm, tenant, external_id, unique_key, import_id)
     select n.id, $1, $1, $2, $3, $4, n.customer_id, $5 || n.customer_id, $6
     from import_customer n where n.is_new order by n.customer_id on conflict (unique_key) do nothing`,
    [request.now, read, write, request.tenantId, keyPrefix, request.jobId],
  );
  const { rows } = await client.query<{ n: number }>('select count(*)::int as n from import_customer where is_new');
  if (rowCount === rows[0]?.n) return;
  // Another writer made some of them meanwhile: theirs hold.
  await client.query(
    `update import_customer n
     set id = coalesce((select c."objectId" from "Customer" c where c.unique_key = $1 || n.customer_id), n.id)
     where n.is_new`,
    [keyPrefix],
  );
}
