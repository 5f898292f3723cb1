import { createPerson, createTenant, type Person } from '../factories/people';
import { adminToken, api, parseFn, parseRest, type Answer } from '../harness/app';
import { importFile, newImporter, PURCHASES, sendFile } from '../imports/support/imports';
import { cancel, changeJob, retry, status, STRICT, whileWorkerStands } from './support/jobs';

const ROWS = 'customer_id,purchased_at,amount\nc1,2024-01-01,1\n';

const list = (token: string, query = ''): Promise<Answer> => api('GET', `/api/data/jobs?${query}`, { token });
const ids = ({ body }: Answer): string[] => body.jobs.map((job: { job_id: string }) => job.job_id);

describe('the list of jobs', () => {
  let owner: Person;
  let colleague: Person;
  let admin: Person;
  /** In the order in which they were made. */
  let completed: string;
  let failed: string;
  let theirs: string;

  beforeAll(async () => {
    const tenant = await createTenant();
    owner = await createPerson({ roles: ['analyst'], tenant });
    colleague = await createPerson({ roles: ['analyst'], tenant });
    admin = await createPerson({ roles: ['tenant:admin'], tenant });
    completed = (await importFile(owner.token, PURCHASES, ROWS)).job_id;
    failed = (await importFile(owner.token, STRICT, `${ROWS}c2,never,1\n`)).job_id;
    theirs = (await importFile(colleague.token, PURCHASES, ROWS)).job_id;
  });

  it('has one’s own, the newest first, each as its status says and whose it is', async () => {
    const answer = await list(owner.token);
    expect(answer).toMatchObject({ status: 200, body: { total: 2, page: 1, limit: 20, offset: 0 } });
    expect(ids(answer)).toEqual([failed, completed]);
    const told = (await status(owner.token, failed)).body;
    expect(answer.body.jobs[0]).toEqual({ ...told, owner: owner.id, tenant: owner.tenantId });
    expect(told).toMatchObject({ kind: 'import', status: 'failed', retries: 0, counts: { rejected: 1 } });
  });

  it('has all of the tenant for its admins, and of nobody else', async () => {
    expect(ids(await list(admin.token))).toEqual([theirs, failed, completed]);
    const stranger = await newImporter(['tenant:admin', 'analyst']);
    expect((await list(stranger.token, `owner=${owner.id}`)).body).toMatchObject({ jobs: [], total: 0 });
    const [job] = (await list(await adminToken(), `owner=${colleague.id}`)).body.jobs;
    expect(job).toMatchObject({ job_id: theirs, tenant: owner.tenantId });
  });

  it('is filtered by kind, status and owner', async () => {
    expect(ids(await list(admin.token, 'status=failed&kind=import'))).toEqual([failed]);
    expect(ids(await list(admin.token, `owner=${colleague.id}`))).toEqual([theirs]);
    expect(ids(await list(colleague.token, 'owner=me&status=completed'))).toEqual([theirs]);
    // Not his to see: as if there were none.
    expect((await list(colleague.token, `owner=${owner.id}`)).body.total).toBe(0);
  });

  it('comes in pages', async () => {
    const second = await list(admin.token, 'limit=2&page=2');
    expect(ids(second)).toEqual([completed]);
    expect(second.body).toMatchObject({ total: 3, page: 2, limit: 2, offset: 2 });
    expect(ids(await list(admin.token, 'limit=1&offset=1'))).toEqual([failed]);
  });

  it('answers the cloud function the same', async () => {
    const input = { status: 'failed', limit: 5 };
    const { body } = await parseFn('listDataJobs', input, { sessionToken: owner.sessionToken });
    expect(body.result).toEqual((await list(owner.token, 'status=failed&limit=5')).body);
  });

  it.each(['kind=none', 'status=done', 'owner=', 'limit=101', 'limit=x', 'page=0', 'colour=red', 'page=1&offset=1'])(
    'refuses %s',
    async (query) => {
      expect(await list(owner.token, query)).toMatchObject({
        status: 400,
        body: { error: { code: 'VALIDATION_ERROR' } },
      });
    },
  );

  it('is for people who are logged in', async () => {
    expect((await api('GET', '/api/data/jobs')).status).toBe(401);
  });
});

it('a job of a kind that only another release knows is left alone, and told as that', async () => {
  const { token } = await newImporter();
  const jobId = await whileWorkerStands(async () => {
    const { body } = await sendFile(token, PURCHASES, ROWS);
    await changeJob(body.job_id, { kind: 'future', updatedAt: new Date(0) });
    return body.job_id as string;
  });
  const conflict = { status: 409, body: { error: { code: 'CONFLICT', message: expect.stringContaining('"future"') } } };
  for (const ask of [status, cancel, retry]) expect(await ask(token, jobId)).toMatchObject(conflict);
  expect((await list(token)).body.total).toBe(0);
  // Both the queue's job and the sweeper have met it by then.
  expect((await importFile(token, PURCHASES, ROWS)).status).toBe('completed');
  const where = encodeURIComponent(JSON.stringify({ job_id: jobId }));
  const { body } = await parseRest('GET', `/classes/DataJob?where=${where}`, { masterKey: true });
  expect(body.results).toMatchObject([{ status: 'queued', attempts: 0 }]);
});
