import type { Role } from '../../core/roles';
import { adminToken, api, parseRest, type Answer } from '../harness/app';
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

/** What a test may say of an account; the rest is made up, or what a new account gets. */
export interface PersonOverrides {
  email?: string;
  password?: string;
  username?: string;
  name?: string;
  company?: string;
  country?: string;
  mobile_number?: string;
  /** Platform and tenant roles. */
  roles?: readonly Role[];
  /** Id; the default tenant when left out. */
  tenant?: string;
}

export interface TenantOverrides {
  name?: string;
  slug?: string;
  status?: string;
  rate_limit?: number;
  settings?: Record<string, unknown>;
}

/** The values of an account that nobody has yet; nothing is sent. */
export const buildPerson = (overrides: PersonOverrides = {}) => ({
  email: uniqueEmail(),
  password: PASSWORD,
  ...overrides,
});

/** The values of a tenant that is not there yet; nothing is sent. */
export const buildTenant = (overrides: TenantOverrides = {}) => ({
  name: 'Test tenant',
  slug: uniqueName('t'),
  ...overrides,
});

/**
 * An account, signed in: registered by itself, or made by the administrator where it is given roles or a tenant.
 * A suspended one has the tokens of a session from before.
 */
export async function createPerson(
  overrides: PersonOverrides & { status?: 'active' | 'suspended' } = {},
): Promise<Person> {
  const { status, ...values } = overrides;
  const body = buildPerson(values);
  const person = body.roles || body.tenant ? await createByAdmin(body) : await register(body);
  if (status === 'suspended') {
    const token = await adminToken();
    expectStatus(await api('PUT', `/api/users/${person.id}`, { token, body: { status } }), 200, 'updateUser');
  }
  return person;
}

/** A session for an account that exists. */
export async function logIn(email: string, password = PASSWORD): Promise<Person> {
  const answer = await api('POST', '/api/auth/login', { body: { email, password } });
  expectStatus(answer, 200, 'login');
  return signedIn(answer, email, password);
}

/** A tenant of its own, made with the master key; its id. */
export async function createTenant(overrides: TenantOverrides = {}): Promise<string> {
  const made = await parseRest('POST', '/classes/Tenant', { masterKey: true, body: buildTenant(overrides) });
  expectStatus(made, 201, 'createTenant');
  return made.body.objectId;
}

type PersonValues = ReturnType<typeof buildPerson>;

async function createByAdmin(body: PersonValues): Promise<Person> {
  expectStatus(await api('POST', '/api/users', { token: await adminToken(), body }), 201, 'createUser');
  return logIn(body.email, body.password);
}

async function register(body: PersonValues): Promise<Person> {
  const answer = await api('POST', '/api/auth/register', { body });
  expectStatus(answer, 201, 'register');
  return signedIn(answer, body.email, body.password);
}

async function signedIn({ body }: Answer, email: string, password: string): Promise<Person> {
  return {
    id: body.user.id,
    email,
    password,
    tenantId: await tenantIdOf(body.user.id),
    token: body.access_token,
    sessionToken: body.session_token,
    refreshToken: body.refresh_token,
  };
}

async function tenantIdOf(userId: string): Promise<string> {
  const found = await parseRest('GET', `/users/${userId}`, { masterKey: true });
  return found.body?.tenant?.objectId ?? '';
}

function expectStatus(answer: Answer, status: number, what: string): void {
  if (answer.status !== status) {
    throw new Error(`${what} answered ${answer.status} instead of ${status}: ${JSON.stringify(answer.body)}`);
  }
}
