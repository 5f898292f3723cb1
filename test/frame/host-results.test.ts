import path from 'node:path';
import Parse from 'parse/node';
import { waitFor } from '../harness/app';
import { startExtraServer, type ExtraServer } from './support/extra-server';

let server: ExtraServer;

beforeAll(async () => {
  server = await startExtraServer({ HOST_CLOUD_CODE: path.join(__dirname, 'fixtures/host-cloud.cjs') });
  Parse.initialize('appbackend');
  (Parse as unknown as { serverURL: string }).serverURL = `${server.url}/parse`;
});
afterAll(async () => {
  expect(server.process.exitCode).toBeNull();
  await server.stop();
});

const headers = (): Record<string, string> => ({
  'X-Parse-Application-Id': 'appbackend',
  'X-Parse-Master-Key': server.env.PARSE_MASTER_KEY!,
});
const post = (route: string, body: object = {}) => server.api('POST', route, { body, headers: headers() });
const call = (name: string, params: object = {}) => post(`/parse/functions/${name}`, params);
const runsOf = async (name: string): Promise<number> => (await call('hostRuns', { name })).body.result;

const UNTELLABLE = [
  'hostBig',
  'hostBigAlone',
  'hostBigDeep',
  'hostThrower',
  'hostGetter',
  'hostCircleInArray',
  'hostLong',
  'hostBigInRow',
  'hostThrowsBig',
  'hostThrowsCircle',
  'hostThrowsThrower',
  'hostThrowsBigInError',
  'hostThrowsNothing',
  'hostRejects',
];

describe('a host’s function whose result or error no answer can hold', () => {
  it.each(UNTELLABLE)('fails with 141, and once: %s', async (name) => {
    // An SDK repeats what it takes for a fault of the server.
    const failure = await Parse.Cloud.run(name).catch((error: Parse.Error) => error);
    expect(failure).toMatchObject({ code: 141, message: expect.any(String) });
    expect(await runsOf(name)).toBe(1);
    const answer = await call(name);
    expect(answer).toMatchObject({ status: 400, body: { code: 141, error: expect.any(String) } });
  });

  it.each(['hostRespondsBig', 'hostRespondsCircleError'])('that answers through its response: %s', async (name) => {
    expect(await call(name)).toMatchObject({ status: 400, body: { code: 141 } });
  });

  it('fails with 141 through GraphQL and in a batch', async () => {
    const query = 'mutation { callCloudCode(input: { functionName: hostBig }) { result } }';
    const graphql = await post('/graphql', { query });
    expect(graphql).toMatchObject({ status: 200, body: { errors: [{ extensions: { code: 141 } }] } });
    const requests = [{ method: 'POST', path: '/parse/functions/hostBig', body: {} }];
    const batch = await post('/parse/batch', { requests });
    expect(batch).toMatchObject({ status: 200, body: [{ error: { code: 141 } }] });
  });

  it('answers what JSON leaves out as a plain Parse Server does', async () => {
    expect((await call('hostFunction')).body).toEqual({ result: { d: null, e: 1 } });
    expect(await call('hostNothing')).toMatchObject({ status: 200, body: {} });
  });
});

it.each([
  ['big', 142],
  ['circle', 141],
])('a host’s trigger that cannot be told fails alone: %s', async (how, code) => {
  expect(await post('/parse/classes/HostWeird', { how })).toMatchObject({ status: 400, body: { code } });
});

it.each([
  ['hostNul', 'succeeded', 'done'],
  ['hostNulError', 'failed', 'failed'],
  ['hostBigJob', 'succeeded', undefined],
])('a host’s job ends whatever it tells: %s', async (name, status, message) => {
  const started = await post(`/parse/jobs/${name}`);
  expect(started.status).toBe(200);
  const id = started.headers.get('x-parse-job-status-id')!;
  const read = () => server.api('GET', `/parse/classes/_JobStatus/${id}`, { headers: headers() });
  const ended = await waitFor(async () => {
    const { body } = await read();
    return body.status !== 'running' && (body as { status: string; message?: string });
  });
  expect(ended).toMatchObject({ status, ...(message === undefined ? {} : { message }) });
});
