import { adminToken, testServer } from '../../harness/app';
import { createPerson, type Person } from '../../factories/people';
import { operationsWith, paramsOf, pathOf, type OperationFacts } from '../../factories/registry';
import { sampleOf } from '../../factories/samples';
import type { Shot } from './client';

/** Operations that hash a password in every call that gets so far. */
export const HASHING = new Set(['login', 'register', 'createUser', 'updateUser']);
/** Ends the session that it is called with: gets one of its own. */
const ENDS_SESSION = new Set(['logout']);

/** What would do real work, or harm, in a sample made from the schema alone. */
function tamed(operation: OperationFacts, victim: string): Record<string, unknown> {
  const sample = sampleOf(operation.input) as Record<string, unknown>;
  if ('preview' in sample) sample.preview = 1;
  const { options } = sample as { options?: Record<string, unknown> };
  if (options && 'preview' in options) options.preview = 1;
  if ('user_id' in sample) sample.user_id = victim;
  // No password, so that most strings cost no hashing; login wants one name only.
  if (operation.name === 'updateUser')
    for (const name of ['password', 'current_password', 'status']) delete sample[name];
  if (operation.name === 'login') delete sample.username;
  delete sample.tenant;
  return sample;
}

export function targetsOf(door: 'rest' | 'cloud'): [string, OperationFacts][] {
  return operationsWith(door).map((operation) => [operation.name, operation]);
}

export class Shooter {
  private constructor(
    private readonly token: string,
    private readonly passing: Person,
    private readonly victim: string,
  ) {}

  /** Shoots as the administrator, whom every role lets in; at an account made for it. */
  static async create(): Promise<Shooter> {
    const [token, passing, victim] = [await adminToken(), await createPerson(), await createPerson()];
    return new Shooter(token, passing, victim.id);
  }

  sample(operation: OperationFacts): Record<string, unknown> {
    // What erases or deletes aims at nobody.
    const victim = /^(delete|erase)/.test(operation.name) ? 'none000000' : this.victim;
    return tamed(operation, victim);
  }

  /** The call over REST: input in path, query and body as the route wants it. */
  rest(operation: OperationFacts, input: Record<string, unknown>, about: string): Shot {
    const rest = operation.rest!;
    const inPath = paramsOf(rest);
    const params = Object.fromEntries(inPath.map((name) => [name, wellFormed(String(input[name]))]));
    const others = Object.entries(input).filter(([name]) => !inPath.includes(name));
    const path = pathOf(rest, params);
    if (rest.method === 'GET' || rest.method === 'DELETE') {
      const query = new URLSearchParams(
        others.map(([name, value]): [string, string] => [name, wellFormed(String(value))]),
      ).toString();
      return { method: rest.method, path: query ? `${path}?${query}` : path, headers: this.headers(operation), about };
    }
    const body = JSON.stringify(Object.fromEntries(others));
    return { method: rest.method, path, headers: this.headers(operation), body, about };
  }

  /** The same as a cloud function. */
  cloud(operation: OperationFacts, input: unknown, about: string): Shot {
    const body = typeof input === 'string' ? input : JSON.stringify(input);
    return {
      method: 'POST',
      path: `/parse/functions/${operation.name}`,
      headers: { ...this.headers(operation), ...PARSE_APP },
      body,
      about,
    };
  }

  headers(operation: OperationFacts): Record<string, string> {
    const token = ENDS_SESSION.has(operation.name) ? this.passing.token : this.token;
    return { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  }
}

export const PARSE_APP = { 'x-parse-application-id': testServer().env['PARSE_APP_ID'] ?? 'appbackend' };

/** Lone surrogates have no form in a URL. */
const wellFormed = (text: string): string => Buffer.from(text, 'utf8').toString('utf8');
