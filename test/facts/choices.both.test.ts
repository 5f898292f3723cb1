import { createPerson, createTenant, type Person } from '../factories/people';
import { registry } from '../factories/registry';
import { api, parseRest, testServer } from '../harness/app';
import { SAMPLES } from '../matrix/support/rows';

interface Choice {
  className: string;
  field: string;
  choices: readonly string[];
}

/** Every field of our classes that has a closed set of values and that a client may write. */
const fields: Choice[] = registry().classes.flatMap(({ className, fields, access }) =>
  Object.entries(fields).flatMap(([field, definition]) =>
    'choices' in definition && SAMPLES[className] && access !== 'log'
      ? [{ className, field, choices: definition.choices! }]
      : [],
  ),
);
const WRONG = 'no_such_value';

let analyst: Person;
let admin: Person;

beforeAll(async () => {
  const tenant = await createTenant();
  analyst = await createPerson({ roles: ['analyst', 'tenant:admin'], tenant });
  admin = await createPerson({ roles: ['admin'] });
});

const credentials = ({ className }: Choice) => ({
  sessionToken: (className === 'Tenant' ? admin : analyst).sessionToken,
});

function expectRefusal({ field, choices }: Choice, error: { code: number; error?: string; message?: string }): void {
  expect(error.code).toBe(142);
  expect(JSON.parse(error.error ?? error.message!)).toMatchObject({
    code: 'VALIDATION_ERROR',
    message: `${field} must be one of ${choices.join(', ')}.`,
    details: { issues: [{ path: field, code: 'not_allowed' }] },
  });
}

it('there are such fields', () => {
  const names = fields.map(({ className, field }) => `${className}.${field}`);
  const expected = ['Purchase.status', 'Subscription.status', 'Subscription.interval', 'Cost.kind', 'Tenant.status'];
  expect(names).toEqual(expect.arrayContaining(expected));
});

describe.each(fields.map((choice) => [`${choice.className}.${choice.field}`, choice] as const))(
  '%s',
  (_name, choice) => {
    const { className, field, choices } = choice;
    const row = (value: unknown) => ({ ...SAMPLES[className]!.fields(), [field]: value });

    it('refuses an unknown value on every door, naming those it takes', async () => {
      const created = await parseRest('POST', `/classes/${className}`, { ...credentials(choice), body: row(WRONG) });
      expect(created.status).toBe(400);
      expectRefusal(choice, created.body);
      const requests = [{ method: 'POST', path: `/parse/classes/${className}`, body: row(WRONG) }];
      const batch = await parseRest('POST', '/batch', { ...credentials(choice), body: { requests } });
      expectRefusal(choice, batch.body[0].error);
      const byMaster = await parseRest('POST', `/classes/${className}`, {
        masterKey: true,
        body: { ...row(WRONG), tenant: { __type: 'Pointer', className: 'Tenant', objectId: analyst.tenantId } },
      });
      if (className !== 'Tenant') expectRefusal(choice, byMaster.body);
    });

    it('keeps the row as it was when a change is refused', async () => {
      const made = await parseRest('POST', `/classes/${className}`, { ...credentials(choice), body: row(choices[0]) });
      expect(made.status).toBe(201);
      const route = `/classes/${className}/${made.body.objectId}`;
      const changed = await parseRest('PUT', route, { ...credentials(choice), body: { [field]: WRONG } });
      expectRefusal(choice, changed.body);
      expect((await parseRest('GET', route, credentials(choice))).body[field]).toBe(choices[0]);
    });

    it.each([...choices])('takes %s', async (value) => {
      const made = await parseRest('POST', `/classes/${className}`, { ...credentials(choice), body: row(value) });
      expect(made.status).toBe(201);
    });
  },
);

it('GraphQL answers the same refusal', async () => {
  const query = `mutation { createPurchase(input: { fields: {
    total: 1, currency: "USD", status: "${WRONG}", purchased_at: "2021-01-01T00:00:00.000Z" } }) { purchase { id } } }`;
  const headers = {
    'X-Parse-Application-Id': testServer().env['PARSE_APP_ID'] ?? 'appbackend',
    'X-Parse-Session-Token': analyst.sessionToken,
  };
  const { body } = await api('POST', '/graphql', { headers, body: { query } });
  const error = body.errors[0];
  expectRefusal(
    fields.find(({ className, field }) => className === 'Purchase' && field === 'status')!,
    {
      code: error.extensions.code,
      error: error.message,
    },
  );
});

it('an import rejects the row and names the values', async () => {
  const data = ['active', 'paused'].map((status) => ({
    ...{ customer_id: 'c1', plan: 'pro', amount: 5, currency: 'USD', started_at: '2021-01-01', status },
  }));
  const body = { data_type: 'subscriptions', data, preview: 5 };
  const answer = await api('POST', '/api/data/process', { token: analyst.token, body });
  expect(answer.body.rows).toHaveLength(1);
  expect(answer.body.errors).toEqual([
    {
      row: 2,
      column: 'status',
      code: 'ROW_SHAPE',
      message: expect.stringMatching(/active, trialing, past_due, cancelled/),
      value: 'paused',
    },
  ]);
});
