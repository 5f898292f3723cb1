import { MongoClient } from 'mongodb';
import { Client } from 'pg';
import { uniqueName } from '../../factories/ids';
import { parseRest, testServer } from '../../harness/app';

const master = { masterKey: true } as const;
const ALL = { '*': true };
export const OPEN = { find: ALL, get: ALL, count: ALL, create: ALL, update: ALL, delete: ALL };

/** A class of the app with these class-level permissions. */
export async function newOwnClass(permissions: object = OPEN): Promise<string> {
  const className = uniqueName('Own');
  await saveRow(className, { text: 'first', ACL: {} });
  await setPermissions(className, permissions);
  return className;
}

/** Written to the database itself, as another process would have: no cache of this one hears of it. */
export async function setPermissions(className: string, permissions: object): Promise<void> {
  const { databaseUri } = testServer();
  if (databaseUri.startsWith('mongodb')) {
    const client = await new MongoClient(databaseUri).connect();
    const schemas = client.db().collection<{ _id: string }>('_SCHEMA');
    await schemas.updateOne({ _id: className }, { $set: { '_metadata.class_permissions': permissions } });
    return client.close();
  }
  const client = new Client({ connectionString: databaseUri });
  await client.connect();
  const sql = `update "_SCHEMA" set schema = jsonb_set(schema, '{classLevelPermissions}', $2) where "className" = $1`;
  await client.query(sql, [className, JSON.stringify(permissions)]).finally(() => client.end());
}

/** Saves a new row by the master key; its id. */
export async function saveRow(className: string, body: object): Promise<string> {
  const made = await parseRest('POST', `/classes/${className}`, { ...master, body });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  return made.body.objectId as string;
}

export async function changeRow(className: string, id: string, body: object): Promise<void> {
  const changed = await parseRest('PUT', `/classes/${className}/${id}`, { ...master, body });
  if (changed.status !== 200) throw new Error(JSON.stringify(changed.body));
}

export async function deleteRow(className: string, id: string): Promise<void> {
  const gone = await parseRest('DELETE', `/classes/${className}/${id}`, master);
  if (gone.status !== 200) throw new Error(JSON.stringify(gone.body));
}

export const pointerTo = (className: string, objectId: string): object => ({ __type: 'Pointer', className, objectId });
export const readableBy = (...names: string[]): object =>
  Object.fromEntries(names.map((name) => [name, { read: true }]));
