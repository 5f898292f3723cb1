import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { adminToken, parseFn, parseRest, testServer } from '../harness/app';

const MASTER = { masterKey: true } as const;

interface Line {
  timestamp: string;
  level: string;
  message: string;
}

// On one database: nothing here depends on which. The pages of Parse Dashboard call these routes.
describe('the lines of the log', () => {
  it('are those of every process that shares the folder, the latest first or last', async () => {
    const mark = randomUUID();
    logInAnotherProcess(mark);
    expect((await lines('size=1000')).map(({ message }) => message)).toContain(`Info: ${mark}`);
    const latestFirst = timesOf(await lines('size=1000'));
    expect(latestFirst).toEqual([...latestFirst].sort().reverse());
    const earliestFirst = timesOf(await lines('size=1000&order=asc'));
    expect(earliestFirst).toEqual([...earliestFirst].sort());
    expect(timesOf(await lines('size=1&order=asc'))).toEqual(earliestFirst.slice(0, 1));
  });

  it('are of the asked level and worse, and of the asked time', async () => {
    const mark = randomUUID();
    writeLine({ level: 'error', time: '2026-01-05T10:00:00.000Z', msg: mark });
    writeLine({ level: 'info', time: '2026-01-05T11:00:00.000Z', msg: mark });
    const found = async (query: string): Promise<string[]> =>
      (await lines(`from=2026-01-05T00:00:00Z&${query}`))
        .filter((line) => line.message.includes(mark))
        .map((l) => l.level);
    expect(await found('until=2026-01-06&size=1000')).toEqual(['info', 'error']);
    expect(await found('until=2026-01-06&size=1000&level=error')).toEqual(['error']);
    expect(await found('until=2026-01-05T10:30:00Z&size=1000')).toEqual(['error']);
  });

  it('hide keys, tokens, passwords and e-mail addresses', async () => {
    const { masterKey } = testServer();
    const token = await adminToken();
    const secrets = [masterKey, token, 'r:0123456789abcdef0123456789abcdef', 'hunter2-hunter2', 'somebody@example.com'];
    const mark = randomUUID();
    writeLine({
      level: 'error',
      time: new Date().toISOString(),
      msg: `${mark} ${secrets[0]} ${secrets[2]} password=${secrets[3]}`,
      address: `postgres://app:${secrets[3]}@db.example.com/app`,
      authorization_header: `Bearer ${token}`,
      err: { message: 'x', stack: `Error: x of ${secrets[4]} {"password":"${secrets[3]}"}\n    at file.js` },
    });
    const line = (await lines('level=error&size=1000')).find(({ message }) => message.includes(mark))!;
    for (const secret of secrets) expect(line.message).not.toContain(secret);
    expect(line.message).toMatch(/^Error: .* at file\.js$/s);
  });

  it.each(['size=x', 'size=0', 'size=1001', 'n=-1', 'from=nope', 'size=1&size=2', 'level=constructor', 'order=up'])(
    'refuse %s with 400',
    async (query) => {
      const answer = await parseRest('GET', `/scriptlog?${query}`, MASTER);
      expect(answer.status).toBe(400);
      expect(answer.body.error).toContain('VALIDATION_ERROR');
    },
  );

  it('are for the master key only', async () => {
    expect((await parseRest('GET', '/scriptlog')).status).toBe(403);
    expect((await parseRest('GET', '/scriptlog', { token: await adminToken() })).status).toBe(403);
  });
});

describe('the jobs of Parse Dashboard', () => {
  it.each([
    ['no schedule', {}],
    ['null', { job_schedule: null }],
    ['a list', { job_schedule: [] }],
    ['a job that is an object', { job_schedule: { jobName: {} } }],
    ['a job that nobody knows', { job_schedule: { jobName: 'constructor' } }],
  ])('refuse a schedule with %s with 400', async (_what, body) => {
    for (const [method, route] of [
      ['POST', '/cloud_code/jobs'],
      ['PUT', '/cloud_code/jobs/someSchedule'],
    ] as const) {
      const answer = await parseRest(method, route, { ...MASTER, body });
      expect(answer.status).toBe(400);
      expect(answer.body.error).toContain('job_schedule');
    }
  });

  it('refuse to start what has no name with 400', async () => {
    for (const body of [{}, { jobName: {} }]) {
      expect((await parseRest('POST', '/jobs', { ...MASTER, body })).status).toBe(400);
    }
  });
});

describe('a webhook', () => {
  const url = 'http://127.0.0.1:1/';

  it('cannot take the place of a function or trigger of cloud code, nor remove it', async () => {
    const attempts = [
      ['POST', '/hooks/functions', { functionName: 'viewRetention', url }],
      ['POST', '/hooks/triggers', { className: 'Purchase', triggerName: 'beforeSave', url }],
      ['PUT', '/hooks/functions/viewRetention', { __op: 'Delete' }],
      ['PUT', '/hooks/triggers/Purchase/beforeSave', { __op: 'Delete' }],
    ] as const;
    for (const [method, route, body] of attempts) {
      const answer = await parseRest(method, route, { ...MASTER, body });
      expect([answer.status, answer.body.code]).toEqual([400, 143]);
    }
    expect((await parseFn('viewRetention', {}, MASTER)).status).toBe(200);
    const unchecked = await parseRest('POST', '/classes/Purchase', { ...MASTER, body: { no_such_field: 1 } });
    expect(unchecked.status).toBe(400);
  });

  it('of another name is made, called and removed', async () => {
    const functionName = `hook${randomUUID().slice(0, 8)}`;
    const made = await parseRest('POST', '/hooks/functions', { ...MASTER, body: { functionName, url } });
    expect(made).toMatchObject({ status: 200, body: { functionName, url } });
    expect((await parseFn(functionName)).body.error).toContain('ECONNREFUSED');
    await parseRest('PUT', `/hooks/functions/${functionName}`, { ...MASTER, body: { __op: 'Delete' } });
    expect((await parseFn(functionName)).body.error).toContain('Invalid function');
  });
});

describe('the page of cloud code', () => {
  it('lists functions, triggers and jobs, for the master key only', async () => {
    const { body: info } = await parseRest('GET', '/serverInfo', MASTER);
    expect(info.features.cloudCode).toEqual({ jobs: true, viewCode: true });
    const { body: releases } = await parseRest('GET', '/releases/latest', MASTER);
    expect(Object.keys(JSON.parse(releases[0].userFiles))).toEqual(['main.js']);
    const { body: source } = await parseRest('GET', '/scripts/main.js', MASTER);
    for (const call of [`define('getUserAnalytics')`, `beforeSave('Purchase')`, `job('cleanupJobs')`]) {
      expect(source).toContain(`Parse.Cloud.${call}`);
    }
    for (const route of ['/releases/latest', '/scripts/main.js', '/serverInfo']) {
      expect((await parseRest('GET', route)).status).toBe(403);
    }
  });
});

const timesOf = (some: readonly Line[]): string[] => some.map(({ timestamp }) => timestamp);

async function lines(query: string): Promise<Line[]> {
  const answer = await parseRest<Line[]>('GET', `/scriptlog?${query}`, MASTER);
  expect(answer.status).toBe(200);
  return answer.body;
}

/** A process with the server's own log; starting a whole worker for a line would take seconds. */
function logInAnotherProcess(text: string): void {
  const code = `
    const { keepLines, logFolder } = require('./dist/core/log-file');
    keepLines(logFolder(process.env.DATA_DIR));
    require('./dist/core/log').log().info('${text}');`;
  const env = { ...testServer().env, DATA_DIR: testServer().dataDir, LOG_LEVEL: 'info' };
  execFileSync(process.execPath, ['-e', code], { env, cwd: path.resolve(__dirname, '../..') });
}

/** A line as any of the processes writes it. */
function writeLine(line: object): void {
  appendFileSync(path.join(testServer().dataDir, 'logs', 'test.jsonl'), `${JSON.stringify(line)}\n`);
}
