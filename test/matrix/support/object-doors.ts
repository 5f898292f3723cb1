import { parseRest, type Answer, type ParseOptions } from '../../harness/app';
import { type Person } from '../../factories/people';
import type { ActorName } from './actors';

/** What came of trying: the thing was done or seen, or it was not. */
export type Effect = 'yes' | 'no';
export type Verb = 'create' | 'get' | 'find' | 'update' | 'delete';

interface Attempt {
  verb: Verb;
  className: string;
  /** Of the row that is read or changed. */
  id?: string;
  fields?: Record<string, unknown>;
}

export type ObjectDoor = (attempt: Attempt, credentials: ParseOptions) => Promise<Effect>;

export function credentialsFor(actor: ActorName, person: Person | undefined): ParseOptions {
  if (actor === 'master') return { masterKey: true };
  return person ? { sessionToken: person.sessionToken } : {};
}

/** /parse/classes, as the SDKs use it. */
export const throughClasses: ObjectDoor = async (attempt, credentials) => {
  const { method, path, body } = asRequest(attempt);
  // fetch sends no body with GET; Parse reads the query string as well.
  const isFind = attempt.verb === 'find';
  const route = isFind ? `${path}?where=${encodeURIComponent(JSON.stringify(body!.where))}` : path;
  const answer = await parseRest(method, route, { ...credentials, ...(body && !isFind ? { body } : {}) });
  notBroken(answer);
  return effectOf(attempt, answer.status < 300, answer.body);
};

/** The same inside /parse/batch: a second entrance must not skip the guard. */
export const throughBatch: ObjectDoor = async (attempt, credentials) => {
  const { method, path, body } = asRequest(attempt);
  const requests = [{ method, path: `/parse${path}`, ...(body ? { body } : {}) }];
  const answer = await parseRest('POST', '/batch', { ...credentials, body: { requests } });
  notBroken(answer);
  const item = Array.isArray(answer.body) ? answer.body[0] : undefined;
  return effectOf(attempt, item?.success !== undefined, item?.success);
};

function asRequest({ verb, className, id, fields }: Attempt): {
  method: string;
  path: string;
  body?: Record<string, unknown>;
} {
  const path = `/classes/${className}`;
  if (verb === 'create') return { method: 'POST', path, body: fields ?? {} };
  if (verb === 'update') return { method: 'PUT', path: `${path}/${id}`, body: fields ?? {} };
  if (verb === 'delete') return { method: 'DELETE', path: `${path}/${id}` };
  if (verb === 'get') return { method: 'GET', path: `${path}/${id}` };
  return { method: 'GET', path, body: { where: { objectId: id } } };
}

function effectOf({ verb, id }: Attempt, isDone: boolean, body: any): Effect {
  if (!isDone) return 'no';
  if (verb === 'find') return (body?.results ?? []).some((row: any) => row.objectId === id) ? 'yes' : 'no';
  return 'yes';
}

function notBroken(answer: Answer): void {
  if (answer.status >= 500) throw new Error(`Parse answered ${answer.status}: ${JSON.stringify(answer.body)}`);
}

/** GraphQL by Parse's generated names: `purchase(id)`, `createPurchase`. */
export const throughGraphql: ObjectDoor = async (attempt, credentials) => {
  const { verb, className, id, fields } = attempt;
  const one = className.charAt(0).toLowerCase() + className.slice(1);
  const query = {
    create: `mutation($f: Create${className}FieldsInput!) { create${className}(input: { fields: $f }) { ${one} { objectId } } }`,
    update: `mutation($id: ID!, $f: Update${className}FieldsInput!) { update${className}(input: { id: $id, fields: $f }) { ${one} { objectId } } }`,
    delete: `mutation($id: ID!) { delete${className}(input: { id: $id }) { ${one} { objectId } } }`,
    get: `query($id: ID!) { ${one}(id: $id) { objectId } }`,
    find: `query($id: ID!) { ${one}s(where: { objectId: { equalTo: $id } }) { edges { node { objectId } } } }`,
  }[verb];
  const answer = await graphql(query, { id, f: fields }, credentials);
  if (!answer.data || answer.errors) {
    // A query that the schema does not know would pass for a refusal.
    const unknown = answer.errors?.find((error: any) =>
      /GRAPHQL_VALIDATION_FAILED|BAD_USER_INPUT/.test(JSON.stringify(error)),
    );
    if (unknown) throw new Error(`Not a query of this schema: ${unknown.message}`);
    return 'no';
  }
  if (verb === 'find') return answer.data[`${one}s`].edges.length ? 'yes' : 'no';
  return 'yes';
};

async function graphql(query: string, variables: object, credentials: ParseOptions): Promise<any> {
  // The door stands beside /parse; the helper's path is relative to that.
  const answer = await parseRest('POST', '/../graphql', { ...credentials, body: { query, variables } });
  notBroken(answer);
  return answer.body;
}
