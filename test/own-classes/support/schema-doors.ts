import { parseRest, type Answer } from '../../harness/app';
import type { ExtraServer } from '../../frame/support/extra-server';

/** What is asked of a schema; each door says it in its own way. */
export interface SchemaChange {
  verb: 'create' | 'update' | 'drop' | 'purge' | 'save' | 'get';
  className: string;
  fields?: Record<string, unknown>;
  /** Columns to drop. */
  drop?: string[];
  indexes?: Record<string, unknown>;
  dropIndex?: string;
  permissions?: object;
}

export interface Outcome {
  ok: boolean;
  code?: number;
  message?: string;
  result?: any;
}
export type SchemaDoor = (change: SchemaChange) => Promise<Outcome>;

const master = { masterKey: true } as const;

/** As Parse Dashboard and REST clients with the master key. */
export const byRest: SchemaDoor = async (change) => {
  const { method, path, body } = asRequest(change);
  return outcomeOf(await parseRest(method, path, { ...master, ...(body ? { body } : {}) }));
};

/** The same inside /parse/batch. */
export const byBatch: SchemaDoor = async (change) => {
  const { method, path, body } = asRequest(change);
  const requests = [{ method, path: `/parse${path}`, ...(body ? { body } : {}) }];
  const answer = await parseRest('POST', '/batch', { ...master, body: { requests } });
  const [item] = answer.body as [{ success?: unknown; error?: { code: number; error: string } }];
  return item.error
    ? { ok: false, code: item.error.code, message: item.error.error }
    : { ok: true, result: item.success };
};

/** GraphQL has no permissions, indexes or purge; undefined for what it cannot say. */
export async function byGraphql(change: SchemaChange): Promise<Outcome | undefined> {
  const said = asMutation(change);
  if (!said) return undefined;
  const query = `mutation($input: ${said.type}!) { ${said.name}(input: $input) { class { name } } }`;
  const { body } = await parseRest('POST', '/../graphql', {
    ...master,
    body: { query, variables: { input: said.input } },
  });
  const [error] = body.errors ?? [];
  return error ? { ok: false, code: error.extensions.code, message: error.message } : { ok: true, result: body.data };
}

/** Parse.Schema and Parse.Object within the process, by fixtures/host-cloud.cjs. */
export function byCloudCode(server: ExtraServer): SchemaDoor {
  return async (change) => {
    const verb = change.verb === 'update' && change.dropIndex ? 'dropIndex' : change.verb;
    const answer = await server.api('POST', '/parse/functions/hostSchema', {
      headers: masterHeaders(server),
      body: { ...change, index: change.dropIndex, verb },
    });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return answer.body.result;
  };
}

export const masterHeaders = (server: { env: Record<string, string> }): Record<string, string> => ({
  'X-Parse-Application-Id': server.env['PARSE_APP_ID'] ?? 'appbackend',
  'X-Parse-Master-Key': server.env['PARSE_MASTER_KEY']!,
});

function asRequest(change: SchemaChange): { method: string; path: string; body?: object } {
  const { verb, className, fields, drop = [], indexes, dropIndex, permissions } = change;
  const path = `/schemas/${className}`;
  if (verb === 'save') return { method: 'POST', path: `/classes/${className}`, body: fields ?? {} };
  if (verb === 'purge') return { method: 'DELETE', path: `/purge/${className}` };
  if (verb === 'drop') return { method: 'DELETE', path };
  if (verb === 'get') return { method: 'GET', path };
  const removed = Object.fromEntries(drop.map((name) => [name, { __op: 'Delete' }]));
  const body = {
    className,
    fields: { ...fields, ...removed },
    ...(indexes ? { indexes } : {}),
    ...(dropIndex ? { indexes: { [dropIndex]: { __op: 'Delete' } } } : {}),
    ...(permissions ? { classLevelPermissions: permissions } : {}),
  };
  return { method: verb === 'create' ? 'POST' : 'PUT', path, body };
}

function asMutation(change: SchemaChange): { type: string; name: string; input: object } | undefined {
  const { verb, className: name, fields = {}, drop, indexes, dropIndex, permissions } = change;
  if (indexes || dropIndex || permissions) return undefined;
  const schemaFields = {
    addStrings: Object.keys(fields).map((field) => ({ name: field })),
    ...(drop ? { remove: drop.map((field) => ({ name: field })) } : {}),
  };
  if (verb === 'create') return { type: 'CreateClassInput', name: 'createClass', input: { name, schemaFields } };
  if (verb === 'update') return { type: 'UpdateClassInput', name: 'updateClass', input: { name, schemaFields } };
  if (verb === 'drop') return { type: 'DeleteClassInput', name: 'deleteClass', input: { name } };
  return undefined;
}

function outcomeOf({ status, body }: Answer): Outcome {
  if (status >= 500) throw new Error(`Answered ${status}: ${JSON.stringify(body)}`);
  return status < 300 ? { ok: true, result: body } : { ok: false, code: body.code, message: body.error };
}
