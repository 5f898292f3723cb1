import { api, parseFn } from '../../harness/app';
import { paramsOf, pathOf, type OperationFacts } from '../../factories/registry';
import { type Person } from '../../factories/people';

export interface Issue {
  path: string;
  code: string;
  message: string;
}

/** What a door says of an input: its code, its text, and the fields that are wrong. */
export interface Refusal {
  status: number;
  code?: string;
  message?: string;
  issues: Issue[];
}

/** @param input without the path's own parameters, which are filled in with those of nobody */
export async function askRest(operation: OperationFacts, input: object, { token }: Person): Promise<Refusal> {
  const rest = operation.rest!;
  const isQuery = rest.method === 'GET' || rest.method === 'DELETE';
  const query = new URLSearchParams(
    Object.entries(input).map(([name, value]): [string, string] => [name, String(value)]),
  );
  const params = pick(input, paramsOf(rest));
  const route = isQuery ? `${pathOf(rest, params)}?${without(query, params)}` : pathOf(rest, params);
  const { status, body } = await api(rest.method, route, isQuery ? { token } : { token, body: input });
  return refusal(status, body?.error);
}

export async function askFunction(operation: OperationFacts, input: object, person: Person): Promise<Refusal> {
  const params = Object.fromEntries(paramsOf(operation.rest!).map((name) => [name, 'none000000']));
  const { sessionToken } = person;
  const { status, body } = await parseFn(operation.name, { ...params, ...input }, { sessionToken });
  return refusal(status, status < 300 ? undefined : JSON.parse(body.error));
}

function refusal(status: number, error?: { code: string; message: string; details: { issues?: Issue[] } }): Refusal {
  return { status, ...(error && { code: error.code, message: error.message }), issues: error?.details.issues ?? [] };
}

function pick(input: object, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(input).filter(([name]) => names.includes(name)));
}

function without(query: URLSearchParams, params: object): string {
  for (const name of Object.keys(params)) query.delete(name);
  return query.toString();
}
