import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { adminToken, api, parseRest, testServer, type Answer } from '../harness/app';
import { uniqueEmail } from '../factories/ids';
import { createPerson, logIn, PASSWORD, type Person } from '../factories/people';
import { registry, paramsOf, pathOf, type OperationFacts } from '../factories/registry';
import { sampleOf } from '../factories/samples';
import { normalised } from './support/normalised';

/** Inputs that succeed; an operation without a line here is compared by its refusal of a sample. */
const INPUTS: Record<string, (person: Person) => Record<string, unknown>> = {
  login: ({ email }) => ({ email, password: PASSWORD }),
  register: () => ({ email: uniqueEmail(), password: PASSWORD }),
  createUser: () => ({ email: uniqueEmail(), password: PASSWORD, name: 'Ada' }),
  updateUser: ({ id }) => ({ user_id: id, name: 'Ada', company: null }),
  getUser: ({ id }) => ({ user_id: id }),
  listUsers: ({ email }) => ({ q: email, limit: 5 }),
  refreshToken: ({ refreshToken }) => ({ refresh_token: refreshToken }),
  processData: () => ({ data_type: 'customers', data: [{ customer_id: 'c1' }], preview: 1 }),
  processBusinessData: () => ({ data_type: 'customers', data: [{ customer_id: 'c1' }], preview: 1 }),
  processBatch: () => ({ options: { data_type: 'customers', preview: 1 }, data: [{ customer_id: 'c1' }] }),
};
/** Ends the session that it comes with. */
const WITH_OWN_SESSION = new Set(['logout']);

const both = registry().operations.filter(({ rest, cloud }) => rest && cloud);
let admin: Person;
let person: Person;

beforeAll(async () => {
  admin = { ...(await createPerson({ roles: ['admin'] })) };
  person = await createPerson();
});

async function inputFor(operation: OperationFacts): Promise<Record<string, unknown>> {
  // A refresh token is good once.
  const subject = operation.name === 'refreshToken' ? await logIn(person.email) : person;
  const sample = INPUTS[operation.name]?.(subject) ?? (sampleOf(operation.input) as Record<string, unknown>);
  return /^(delete|erase)/.test(operation.name) ? { ...sample, user_id: 'none000000' } : sample;
}

function known(operation: OperationFacts, input: Record<string, unknown>): Record<string, unknown> {
  const fields = operation.input.properties ?? {};
  return Object.fromEntries(Object.entries(input).filter(([name]) => name in fields));
}

async function overRest(operation: OperationFacts, input: Record<string, unknown>, caller: Person): Promise<Answer> {
  const rest = operation.rest!;
  const inPath = paramsOf(rest);
  const params = Object.fromEntries(inPath.map((name) => [name, String(input[name])]));
  const others = Object.entries(input).filter(([name]) => !inPath.includes(name));
  const token = caller.token;
  if (rest.method === 'GET' || rest.method === 'DELETE') {
    const query = new URLSearchParams(others.map(([name, value]): [string, string] => [name, String(value)]));
    return api(rest.method, `${pathOf(rest, params)}?${query.toString()}`, { token });
  }
  return api(rest.method, pathOf(rest, params), { token, body: Object.fromEntries(others) });
}

/** One form for both doors: the body of a success, or code and message of a failure. */
function restOutcome({ status, body }: Answer): unknown {
  if (status >= 400) return { code: body.error.code, message: body.error.message, details: body.error.details };
  return status === 204 ? null : body;
}

function cloudOutcome({ status, body }: Answer): unknown {
  if (status < 300) return body.result;
  const { code, message, details } = JSON.parse(body.error);
  return { code, message, details };
}

describe('one operation, two doors, one answer', () => {
  it.each(both.map((operation) => [operation.name, operation] as const))('%s', async (name, operation) => {
    const callers = WITH_OWN_SESSION.has(name) ? [await createPerson(), await createPerson()] : [admin, admin];
    const rest = await overRest(operation, known(operation, await inputFor(operation)), callers[0]!);
    const input = known(operation, await inputFor(operation));
    const { sessionToken } = callers[1]!;
    const cloud = await parseRest('POST', `/functions/${name}`, { sessionToken, body: input });
    expect(normalised(cloudOutcome(cloud))).toEqual(normalised(restOutcome(rest)));
    if (INPUTS[name]) expect(rest.status).toBeLessThan(300);
  });

  it.each(both.map((operation) => [operation.name, operation] as const))(
    '%s refuses the same',
    async (name, operation) => {
      const input = { no_such_field: 1 };
      const isStrict = operation.input.additionalProperties === false;
      const params = Object.fromEntries(paramsOf(operation.rest!).map((param) => [param, 'none000000']));
      const rest = await overRest(operation, { ...params, ...input }, admin);
      const { sessionToken } = admin;
      // A query string is text, and the number in it stays one to a field that nobody knows.
      const cloud = await parseRest('POST', `/functions/${name}`, { sessionToken, body: { ...params, ...input } });
      expect(normalised(cloudOutcome(cloud))).toEqual(normalised(restOutcome(rest)));
      if (isStrict) expect(rest.status).toBe(400);
    },
  );
});

describe('the JavaScript SDK', () => {
  // A process of its own: the SDK keeps its settings in one global object.
  async function run(task: string): Promise<any> {
    const { url, env } = testServer();
    const script = path.join(__dirname, 'support/sdk-client.cjs');
    const settings = {
      url: `${url}/parse`,
      appId: env['PARSE_APP_ID'] ?? 'appbackend',
      ...{ email: admin.email, password: PASSWORD },
    };
    const { stdout } = await promisify(execFile)(process.execPath, [script, task, JSON.stringify(settings)]);
    return JSON.parse(stdout.trim().split('\n').at(-1)!);
  }

  it('gets from Cloud.run what REST answers', async () => {
    const health = await run('health');
    expect(normalised(health)).toEqual(normalised((await api('GET', '/health')).body));
    const users = await run('listUsers');
    const rest = await api('GET', '/api/users?limit=1', { token: await adminToken() });
    expect(Object.keys(users).sort()).toEqual(Object.keys(rest.body).sort());
  });

  it('saves, finds, changes and removes a Purchase', async () => {
    expect(await run('purchase')).toMatchObject({ found: 1, changed: 'web', left: 0, tenant: true });
  });

  it('saves many at once', async () => {
    expect(await run('saveAll')).toEqual({ saved: 25, found: 25 });
  });

  it('sees our code in a refusal', async () => {
    expect(await run('refusal')).toMatchObject({ code: 142, own: 'VALIDATION_ERROR' });
  });
});
