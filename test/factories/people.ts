import type { Role } from '../../core/context';
import { adminToken, api, parseRest } from '../harness/app';
import { uniqueEmail, uniqueName } from './ids';

export const PASSWORD = 'Right-horse-42';

/** An account with a session. */
export interface Person {
  id: string;
  email: string;
  password: string;
  tenantId: string;
  /** JWT of /api. */
  token: string;
  /** Parse's session token, of the same session. */
  sessionToken: string;
  refreshToken: string;
}

export interface PersonOptions {
  /** Platform and tenant roles; the default is what a new account gets. */
  roles?: readonly Role[];
  /** Id; the default tenant when left out. */
  tenant?: string;
  /** A suspended person has the tokens of a session from before. */
  status?: 'active' | 'suspended';
}

/** Makes an account through the admin API and logs in. */
export async function createUser({ roles, tenant, status }: PersonOptions = {}): Promise<Person> {
  const email = uniqueEmail();
  const token = await adminToken();
  const body = {
    email,
    password: PASSWORD,
    name: 'Test Person',
    ...(roles ? { roles } : {}),
    ...(tenant ? { tenant } : {}),
  };
  const made = await api('POST', '/api/users', { token, body });
  expectStatus(made, 201, 'createUser');
  const person = await login(email, PASSWORD);
  if (status === 'suspended') {
    const changed = await api('PUT', `/api/users/${person.id}`, { token, body: { status } });
    expectStatus(changed, 200, 'updateUser');
  }
  return person;
}

/** A session for an account that exists. */
export async function login(email: string, password: string): Promise<Person> {
  const answer = await api('POST', '/api/auth/login', { body: { email, password } });
  expectStatus(answer, 200, 'login');
  const { access_token, session_token, refresh_token, user } = answer.body;
  return {
    id: user.id,
    email,
    password,
    tenantId: await tenantIdOf(user.id),
    token: access_token,
    sessionToken: session_token,
    refreshToken: refresh_token,
  };
}

/** A tenant of its own, made with the master key. */
export async function createTenant(settings?: { time_zone?: string; currency?: string }): Promise<string> {
  const body = { name: 'Test tenant', slug: uniqueName('t'), ...(settings ? { settings } : {}) };
  const made = await parseRest('POST', '/classes/Tenant', { masterKey: true, body });
  expectStatus(made, 201, 'createTenant');
  return made.body.objectId;
}

async function tenantIdOf(userId: string): Promise<string> {
  const found = await parseRest('GET', `/users/${userId}`, { masterKey: true });
  return found.body?.tenant?.objectId ?? '';
}

function expectStatus(answer: { status: number; body: unknown }, status: number, what: string): void {
  if (answer.status !== status) {
    throw new Error(`${what} answered ${answer.status} instead of ${status}: ${JSON.stringify(answer.body)}`);
  }
}
