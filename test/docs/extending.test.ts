import { ADMIN, waitFor } from '../harness/app';
import { uniqueName } from '../factories/ids';
import { startExtendedProject, type ExtendedProject } from './support/extending';

let project: ExtendedProject;
let token: string;

beforeAll(async () => {
  project = await startExtendedProject();
  token = (await project.server.api('POST', '/api/auth/login', { body: ADMIN })).body.access_token as string;
}, 180_000);
afterAll(() => project?.stop());

/** For SDK clients: a cloud function of the extended project. */
const run = (name: string, body: object) =>
  project.server.api('POST', `/parse/functions/${name}`, {
    token,
    body,
    headers: { 'X-Parse-Application-Id': project.server.env.PARSE_APP_ID ?? 'appbackend' },
  });

/** A data job, when it has ended in any way. */
const ended = (jobId: string) =>
  waitFor(
    async () => {
      const { body } = await project.server.api('GET', `/api/data/status/${jobId}`, { token });
      return body.completed_at && body;
    },
    { timeoutMs: 60_000 },
  );

describe('An operation', () => {
  it('answers on its route and as a cloud function alike', async () => {
    const name = uniqueName('Ada ');
    const answer = await project.server.api('POST', '/api/greetings', { token, body: { name } });
    expect(answer).toMatchObject({ status: 201, body: { text: `Good day, ${name}!`, letters: name.length } });
    expect((await run('createGreeting', { name })).body.result).toEqual(answer.body);
  });

  it('has the checks of every operation', async () => {
    expect((await project.server.api('POST', '/api/greetings', { body: { name: 'Ada' } })).status).toBe(401);
    const wrong = await project.server.api('POST', '/api/greetings', { token, body: { name: 1 } });
    expect(wrong).toMatchObject({ status: 400, body: { error: { code: 'VALIDATION_ERROR' } } });
  });

  it('is described on the API page', async () => {
    const { body } = await project.server.api('GET', '/api-docs/openapi.json');
    expect(body.paths['/api/greetings'].post).toMatchObject({ operationId: 'createGreeting', tags: ['Greetings'] });
  });
});

describe('A fact', () => {
  const save = (fields: object) =>
    project.server.api('POST', '/parse/classes/Visit', {
      token,
      body: fields,
      headers: { 'X-Parse-Application-Id': project.server.env.PARSE_APP_ID ?? 'appbackend' },
    });
  const at = (iso: string) => ({ __type: 'Date', iso });
  const [arrival, departure] = ['2024-05-02T10:00:00.000Z', '2024-05-01T10:00:00.000Z'];

  it('has its rules when it is saved', async () => {
    const made = await save({ visit_id: uniqueName('v'), arrived_at: at(arrival), purpose: 'Service' });
    expect(made).toMatchObject({ status: 201, body: { purpose: 'service' } });
    const refused = await save({ arrived_at: at(arrival), left_at: at(departure) });
    expect(refused).toMatchObject({ status: 400, body: { code: 142 } });
    expect(refused.body.error).toContain('left_at must not be before arrived_at');
  });

  it('has the same rules in an import', async () => {
    const data = [
      { visit_id: uniqueName('v'), customer_id: uniqueName('c'), arrived_at: arrival, remark: 'early' },
      { visit_id: uniqueName('v'), arrived_at: arrival, left_at: departure },
      { visit_id: uniqueName('v'), purpose: 'shopping' },
    ];
    const sent = await project.server.api('POST', '/api/data/process', { token, body: { data_type: 'visits', data } });
    expect(sent.status).toBe(202);
    expect(await ended(sent.body.job_id)).toMatchObject({ status: 'completed', error: null });
    const { body: results } = await project.server.api('GET', `/api/data/results/${sent.body.job_id}`, { token });
    expect(results.results).toMatchObject([{ note: 'early', purpose: 'shopping', arrived_at: arrival }]);
    const refused = results.errors.items.map(({ row, column, code }: Record<string, unknown>) => [row, column, code]);
    expect(refused).toEqual([
      [2, 'left_at', 'INVALID_DATE'],
      [3, 'arrived_at', 'REQUIRED'],
    ]);
  });
});

describe('A kind of data job', () => {
  it('is accepted, run by a worker, told and listed', async () => {
    const accepted = await project.server.api('POST', '/api/census', {
      token,
      body: { classes: ['Customer', 'Event'] },
    });
    expect(accepted).toMatchObject({ status: 202, body: { status: 'queued' } });
    const jobId: string = accepted.body.job_id;
    expect(await ended(jobId)).toMatchObject({ kind: 'census', status: 'completed', counted: 2, progress: 100 });
    const results = await project.server.api('GET', `/api/data/results/${jobId}`, { token });
    // The visitor of the import above.
    const counts = [
      { class: 'Customer', rows: 1 },
      { class: 'Event', rows: 0 },
    ];
    expect(results.body).toMatchObject({ total: 2, results: counts });
    const { body } = await project.server.api('GET', '/api/data/jobs?kind=census', { token });
    expect(body).toMatchObject({ total: 1, jobs: [{ job_id: jobId, counted: 2 }] });
  });

  it('is described beside imports', async () => {
    const { body } = await project.server.api('GET', '/api-docs/openapi.json');
    expect(JSON.stringify(body.components.schemas.GetJobStatusResponse)).toContain('Classes so far.');
    expect(JSON.stringify(body.paths['/api/data/jobs'])).toContain('census');
  });
});
