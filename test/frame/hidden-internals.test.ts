import { Client } from 'pg';
import { ADMIN } from '../harness/app';
import { startExtraServer, type ExtraServer } from './support/extra-server';

/** PostgreSQL only: the faults are made with SQL below the server; what hides them knows no database. */
const INTERNALS = /stacktrace|exception|node_modules|dist\/|\bat .*\.js|select |relation "|column "|\.ts:/i;

let server: ExtraServer;
let database: Client;
let sessionToken: string;

beforeAll(async () => {
  // The mode in which libraries say most.
  server = await startExtraServer({
    NODE_ENV: 'development',
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
  });
  database = new Client({ connectionString: server.databaseUri });
  await database.connect();
  const { body } = await server.api('POST', '/api/auth/login', { body: ADMIN });
  sessionToken = body.session_token;
}, 90_000);
afterAll(async () => {
  await database?.end();
  await server?.stop();
});

const headers = () => ({
  'X-Parse-Application-Id': server.env['PARSE_APP_ID'] ?? 'appbackend',
  'X-Parse-Session-Token': sessionToken,
});
const graphql = (body: unknown) => server.api('POST', '/graphql', { headers: headers(), body });

describe('errors of GraphQL in development', () => {
  it.each([
    ['a syntax error', { query: '{ nope' }, 400, 'GRAPHQL_PARSE_FAILED', /Syntax Error: Expected Name/],
    ['an unknown field', { query: '{ nope }' }, 400, 'GRAPHQL_VALIDATION_FAILED', /Cannot query field "nope"/],
    [
      'a wrong variable',
      { query: 'query($x: Int!) { purchases(first: $x) { count } }', variables: { x: 'y' } },
      400,
      'BAD_USER_INPUT',
      /Variable "\$x" got invalid value "y"/,
    ],
    ['a query that is no text', { query: 5 }, 400, 'BAD_REQUEST', /must be strings/],
    ['a missing row', { query: '{ purchase(id: "nope") { id } }' }, 200, 101, /Object not found/],
    [
      'our own refusal',
      {
        query:
          'mutation { createPurchase(input: { fields: { total: 1, purchased_at: "2021-01-01T00:00:00.000Z" } }) { purchase { id } } }',
      },
      200,
      142,
      /currency is missing/,
    ],
  ])('%s: code and message, nothing else', async (_name, body, status, code, message) => {
    const answer = await graphql(body);
    expect(answer.status).toBe(status);
    expect(answer.body.errors).toHaveLength(1);
    const [error] = answer.body.errors;
    expect(error.extensions).toEqual({ code });
    expect(error.message).toMatch(message);
    expect(JSON.stringify(answer.body)).not.toMatch(INTERNALS);
  });

  it('a value that cannot be shown is a fault of ours, told without itself', async () => {
    const fields = 'total: 1, currency: "USD", purchased_at: "2021-01-01T00:00:00.000Z"';
    const made = await graphql({
      query: `mutation { createPurchase(input: { fields: { ${fields} } }) { purchase { objectId } } }`,
    });
    const id: string = made.body.data.createPurchase.purchase.objectId;
    await database.query(`update "Purchase" set total = 'NaN' where "objectId" = $1`, [id]);
    const { body } = await graphql({ query: `{ purchase(id: "${id}") { total } }` });
    const [{ message, extensions }] = body.errors;
    expect({ message, extensions }).toEqual({
      message: 'An internal error occurred.',
      extensions: { code: 'INTERNAL_SERVER_ERROR' },
    });
  });
});

describe('a fault of the database', () => {
  beforeAll(async () => {
    await database.query('alter table "Cost" rename to "Cost_gone"');
    await database.query('alter table app.rollup_money rename to rollup_gone');
  });

  it.each([
    ['GraphQL', async () => graphql({ query: '{ costs { count edges { node { id } } } }' }), 200],
    [
      'Parse find',
      async () => server.api('GET', '/parse/classes/Cost?where={"amount":1}', { headers: headers() }),
      200,
    ],
    [
      'Parse save',
      async () =>
        server.api('POST', '/parse/classes/Cost', {
          headers: headers(),
          body: { amount: 1, currency: 'USD', date: { __type: 'Date', iso: '2021-01-01T00:00:00.000Z' } },
        }),
      500,
    ],
    [
      'a cloud function',
      async () => server.api('POST', '/parse/functions/getRevenueAnalytics', { headers: headers(), body: {} }),
      500,
    ],
    [
      'REST',
      async () =>
        server.api('GET', '/api/business/analytics/revenue', { headers: { 'X-Parse-Session-Token': sessionToken } }),
      500,
    ],
  ])('shows no SQL through %s', async (_door, ask, status) => {
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).not.toMatch(INTERNALS);
  });
});
