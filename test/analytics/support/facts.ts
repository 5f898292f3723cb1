import { newObjectId } from '../../../core/ids';
import { database } from '../../../core/database/database';
import { uniqueName } from '../../factories/ids';

type Row = Record<string, unknown>;

const POINTERS: Record<string, string> = { tenant: 'Tenant', customer: 'Customer', user: '_User' };
const CHUNK = 5_000;

/** Writes rows past Parse, as an import does. Pointers are given as ids. @returns the rows' ids */
export async function insertFacts(className: string, rows: readonly Row[]): Promise<string[]> {
  const complete = rows.map((row): Row => ({ objectId: newObjectId(), createdAt: new Date(), ...row }));
  for (let start = 0; start < complete.length; start += CHUNK) {
    await insertChunk(className, complete.slice(start, start + CHUNK));
  }
  return complete.map((row) => row['objectId'] as string);
}

async function insertChunk(className: string, rows: Row[]): Promise<void> {
  const opened = database();
  if (opened.kind === 'mongo') {
    await opened.db.collection(className).insertMany(rows.map(toDocument));
    return;
  }
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].map((name) => `"${name}"`).join(', ');
  await opened.pool.query(
    `insert into "${className}" (${columns}) select ${columns} from jsonb_populate_recordset(null::"${className}", $1)`,
    [JSON.stringify(rows)],
  );
}

export async function updateFact(className: string, objectId: string, change: Row): Promise<void> {
  const opened = database();
  if (opened.kind === 'mongo') {
    await opened.db.collection(className).updateOne({ _id: objectId as never }, { $set: toDocument(change) });
    return;
  }
  const names = Object.keys(change);
  await opened.pool.query(
    `update "${className}" t set ${names.map((name) => `"${name}" = n."${name}"`).join(', ')}
     from jsonb_populate_record(null::"${className}", $2) n where t."objectId" = $1`,
    [objectId, JSON.stringify(change)],
  );
}

export async function deleteFact(className: string, objectId: string): Promise<void> {
  const opened = database();
  if (opened.kind === 'mongo') await opened.db.collection(className).deleteOne({ _id: objectId as never });
  else await opened.pool.query(`delete from "${className}" where "objectId" = $1`, [objectId]);
}

export async function readFact(className: string, objectId: string): Promise<Row | undefined> {
  const opened = database();
  if (opened.kind === 'mongo')
    return (await opened.db.collection(className).findOne({ _id: objectId as never })) ?? undefined;
  const { rows } = await opened.pool.query<Row>(`select * from "${className}" where "objectId" = $1`, [objectId]);
  return rows[0];
}

/** A tenant of its own in a database of the statistics alone, without a server; each test makes one. */
export async function insertTenant(settings: { time_zone?: string; currency?: string } = {}): Promise<string> {
  const [id] = await insertFacts('Tenant', [{ slug: uniqueName('t'), settings }]);
  return id!;
}

/** All derived rows of a tenant, in one order, as text: equal texts, equal figures. */
export async function derivedRows(tenantId: string): Promise<string[]> {
  const opened = database();
  const all: string[] = [];
  for (const table of ['person_day', 'person_start', 'rollup_money', 'subscription_span']) {
    const rows =
      opened.kind === 'mongo'
        ? await opened.db.collection(`app_${table}`).find({ tenant: tenantId }).toArray()
        : (await opened.pool.query<Row>(`select * from app.${table} where tenant = $1`, [tenantId])).rows;
    all.push(...rows.map((row) => `${table} ${JSON.stringify(row)}`).sort());
  }
  return all;
}

export function testContext(tenantId: string, now = '2022-07-01T12:00:00Z') {
  return {
    actor: { kind: 'system', name: 'test' } as const,
    tenantId,
    requestId: 'test',
    ip: '',
    door: 'system' as const,
    clock: { now: () => new Date(now) },
    log: undefined as never,
    fresh: false,
  };
}

function toDocument(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (name === 'objectId') return ['_id', value];
      if (name === 'createdAt') return ['_created_at', value];
      const target = POINTERS[name];
      if (!target) return [name, value];
      return [`_p_${name}`, typeof value === 'string' ? `${target}$${value}` : null];
    }),
  );
}
