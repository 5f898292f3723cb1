import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { uniqueName } from '../factories/ids';
import { createPerson } from '../factories/people';
import { parseRest, testServer } from '../harness/app';

const SIGNED_IN = { requiresAuthentication: true };
beforeAll(async () => {
  const classLevelPermissions = Object.fromEntries(
    ['find', 'get', 'count', 'create', 'update', 'delete'].map((verb) => [verb, SIGNED_IN]),
  );
  const fields = { room: { type: 'String' }, text: { type: 'String' } };
  const body = { className: 'Message', fields, classLevelPermissions };
  expect((await parseRest('POST', '/schemas/Message', { masterKey: true, body })).status).toBe(200);
});

async function run(task: string): Promise<unknown> {
  const { email, password } = await createPerson();
  const options = { url: `${testServer().url}/parse`, email, password, room: uniqueName() };
  const script = path.join(__dirname, 'support/run-example.cjs');
  const { stdout } = await promisify(execFile)(process.execPath, [script, task, JSON.stringify(options)], {
    timeout: 50_000,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}

test('the example of docs/live-query.md hears every kind of event', async () => {
  expect(await run('example')).toEqual([
    ['create', 'Helo'],
    ['update', 'Helo', 'Hello'],
    ['leave', 'another'],
    ['enter', expect.any(String)],
    ['delete', 'Hello'],
  ]);
});

test('the SDK is refused, connects again by itself, and is told when its session has ended', async () => {
  const shown = (await run('reconnect')) as unknown[][];
  // Rows without a text were saved until the end of the session was told.
  expect(shown.filter(([word, text]) => word !== 'create' || text)).toEqual([
    ['refused', 119],
    ['create', 'again', null],
    ['create', 'again', null],
    ['ended', expect.stringContaining('session')],
  ]);
});
