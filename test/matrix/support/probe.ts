import { api, parseFn, parseRest, type Answer } from '../../harness/app';
import { paramsOf, pathOf, type OperationFacts } from '../../factories/registry';
import { type Person } from '../../factories/people';
import type { ActorName } from './actors';
import type { Door, Verdict } from './expected-access';

/** An id that is well formed and nobody's. */
const NOBODY = 'zzzzzzzzzz';
/** Where nobody's would be told by another answer than a refusal. */
const KNOWN: Readonly<Record<string, string>> = { source: 'github' };

/**
 * Calls an operation in a way that changes nothing: roles are judged before the shape of the input,
 * so a field that no contract knows ends the call at 400 for those who may enter. Where the input
 * tells who is meant (`selfParam`) it has to be well formed, and names nobody.
 */
export async function probe(
  operation: OperationFacts,
  door: Door,
  actor: ActorName,
  person: Person | undefined,
): Promise<{ verdict: Verdict; answer: Answer }> {
  const input = harmlessInput(operation);
  if (door === 'REST') {
    const answer = await callRest(operation, input, person);
    return { answer, verdict: verdictOf(answer.status) };
  }
  const options = { masterKey: actor === 'master', ...(person ? { sessionToken: person.sessionToken } : {}) };
  if (door === 'cloud function') {
    const answer = await parseFn(operation.name, input, options);
    return { answer, verdict: parseVerdict(answer.status, answer.body) };
  }
  const requests = [{ method: 'POST', path: `/parse/functions/${operation.name}`, body: input }];
  const answer = await parseRest('POST', '/batch', { ...options, body: { requests } });
  const item = Array.isArray(answer.body) ? answer.body[0]?.error : answer.body;
  return { answer, verdict: parseVerdict(answer.status, item) };
}

function harmlessInput(operation: OperationFacts): Record<string, unknown> {
  const { access } = operation;
  if (access.kind === 'roles' && access.selfParam) return { [access.selfParam]: NOBODY };
  return { no_such_field: true };
}

function callRest(operation: OperationFacts, input: Record<string, unknown>, person?: Person): Promise<Answer> {
  const rest = operation.rest!;
  const inPath = paramsOf(rest);
  const params = Object.fromEntries(
    inPath.map((name) => [name, typeof input[name] === 'string' ? input[name] : (KNOWN[name] ?? NOBODY)]),
  );
  const others = Object.entries(input).filter(([name]) => !inPath.includes(name));
  const route = pathOf(rest, params);
  const auth = person ? { token: person.token } : {};
  if (rest.method === 'GET' || rest.method === 'DELETE') {
    const query = new URLSearchParams(
      others.map(([name, value]): [string, string] => [name, String(value)]),
    ).toString();
    return api(rest.method, query ? `${route}?${query}` : route, auth);
  }
  return api(rest.method, route, { ...auth, body: Object.fromEntries(others) });
}

/** @throws Error for 5xx: a fault of the server answers no question about rights */
function verdictOf(status: number): Verdict {
  if (status >= 500 && status !== 503) throw new Error(`A probe was answered with ${status}.`);
  return status === 401 || status === 403 ? 'refused' : 'allowed';
}

/** Parse answers 400 for most errors; our code is in the message. */
function parseVerdict(status: number, error: { code?: number; error?: string } | undefined): Verdict {
  if (status >= 500) throw new Error(`A probe was answered with ${status}: ${JSON.stringify(error)}`);
  const isRefusal = error?.code === 209 || error?.code === 119 || /"(UNAUTHORIZED|FORBIDDEN)"/.test(error?.error ?? '');
  return isRefusal ? 'refused' : 'allowed';
}
