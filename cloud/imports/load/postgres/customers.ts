import type { PoolClient } from 'pg';
import { tenantPermissions } from '../../../../core/schema/acl';
import { newIdPrefix, rowIdSql } from '../row-ids';

interface CustomerRequest {
  tenantId: string;
  jobId: string;
  now: Date;
}

/**
 * Makes a Customer for every id of accepted rows that has none, and leaves the ids in the temporary table
 * `import_customer` (customer_id, "objectId"). Written in key order, so that two imports cannot deadlock.
 */
export async function ensureCustomers(client: PoolClient, request: CustomerRequest): Promise<void> {
  const { read, write } = tenantPermissions(request.tenantId);
  const keyPrefix = `${request.tenantId}:`;
  await client.query(
    'create temp table import_customer_id as select distinct customer_id from import_stage where errs is null and customer_id is not null',
  );
  await client.query('analyze import_customer_id');
  await client.query(
    `insert into "Customer" ("objectId", "createdAt", "updatedAt", _rperm, _wperm, tenant, external_id, unique_key, import_id)
     select ${rowIdSql('$1', 'row_number() over (order by n.customer_id)')}, $2, $2, $3, $4, $5, n.customer_id, $6 || n.customer_id, $7
     from import_customer_id n
     where not exists (select 1 from "Customer" c where c.unique_key = $6 || n.customer_id)
     order by n.customer_id on conflict do nothing`,
    [newIdPrefix(), request.now, read, write, request.tenantId, keyPrefix, request.jobId],
  );
  await client.query(
    `create temp table import_customer as select n.customer_id, c."objectId"
     from import_customer_id n join "Customer" c on c.unique_key = ${keyLiteral(keyPrefix)} || n.customer_id`,
  );
  await client.query('analyze import_customer');
}

/** `create table as` takes no parameters; ids of tenants are alphanumeric. */
function keyLiteral(prefix: string): string {
  if (!/^\w+:$/.test(prefix)) throw new Error('A tenant id must be alphanumeric.');
  return `'${prefix}'`;
}
