import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { uniqueName } from '../factories/ids';
import { api, testServer, waitFor } from '../harness/app';
import { freePort } from '../harness/free-port';
import { deliveriesOf, happen, newOwner, type Owner } from './support/endpoints';

const ROOT = path.resolve(__dirname, '../..');
const DOCUMENT = readFileSync(path.join(ROOT, 'docs/webhooks.md'), 'utf8');

/** The examples of a section in a language, in their order. */
function examples(section: string, language: string): string[] {
  const text = DOCUMENT.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? '';
  const found = [...text.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(([, block]) => block!);
  if (!found.length) throw new Error(`docs/webhooks.md has no ${language} under "${section}".`);
  return found;
}

let folder: string;
let owner: Owner;
let port: number;
const receivers: ChildProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'appbackend-webhooks-'));
  owner = await newOwner(['tenant:owner']);
  port = await freePort();
  const receiver = examples('Try it', 'js')[0]!
    .replace(
      "require('standardwebhooks')",
      `require(${JSON.stringify(path.join(ROOT, 'node_modules/standardwebhooks'))})`,
    )
    .replace('8080', String(port));
  writeFileSync(path.join(folder, 'receiver.js'), receiver);
});
afterAll(() => {
  receivers.forEach((receiver) => receiver.kill());
  rmSync(folder, { recursive: true, force: true });
});

/** Lines of the page, for this server and this person. */
const lines = (text: string): string =>
  text
    .replaceAll('http://localhost:3000', testServer().url)
    .replaceAll('localhost:8080', `localhost:${port}`)
    .replaceAll('admin@example.com', owner.email)
    .replaceAll('<the printed password>', owner.password);

const shell = async (text: string, env: Record<string, string> = {}): Promise<string> =>
  (
    await promisify(execFile)('/bin/sh', ['-c', text], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', URL: testServer().url, TOKEN: owner.token, ...env },
    })
  ).stdout;

const FIELD = /^field\(\).*$/m.exec(examples('Try it', 'sh')[0]!)![0];

test('the lines of the page subscribe, receive a test, replay and rotate', async () => {
  const [subscribe] = examples('Try it', 'sh');
  const started = lines(subscribe!)
    // Its end is ours to see to; what it prints goes to a file.
    .replace('node receiver.js &', 'node receiver.js >got.txt 2>&1 & echo $! >receiver.pid');
  const printed = await shell(`${started}\necho; echo $WEBHOOK`);
  const pid = Number(readFileSync(path.join(folder, 'receiver.pid'), 'utf8'));
  try {
    const webhook = printed.trim().split('\n').at(-1)!;
    const delivery = JSON.parse(printed.trim().split('\n')[0]!) as Record<string, unknown>;
    expect(delivery).toMatchObject({
      webhook_id: webhook,
      event_type: 'webhook_test',
      status: 'delivered',
      request: { body: expect.stringContaining('"type":"webhook_test"') },
      response: { status: 204 },
    });
    const got = (): Record<string, any>[] =>
      readFileSync(path.join(folder, 'got.txt'), 'utf8')
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, any>);
    expect(got()).toEqual([
      { id: delivery['event_id'], type: 'webhook_test', timestamp: expect.any(String), data: { webhook_id: webhook } },
    ]);

    const name = uniqueName('visit');
    await happen(owner, name, 3);
    await waitFor(() => got().filter(({ type }) => type === `event.${name}`).length === 3);
    await waitFor(async () => (await deliveriesOf(owner, webhook, 'status=delivered')).total === 4);

    const [dry, sent] = (
      await shell(`${FIELD}\n${lines(examples('The log, and sending again', 'sh')[0]!)}`, { WEBHOOK: webhook })
    )
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, any>);
    expect(dry).toMatchObject({ count: 0, dry_run: true, replay_id: null });
    expect(sent).toMatchObject({ count: 3, dry_run: false });
    await waitFor(
      async () => (await deliveriesOf(owner, webhook, `status=delivered&replay_id=${sent!['replay_id']}`)).total === 3,
    );
    // The receiver has dropped what it had.
    expect(got()).toHaveLength(4);

    const until = await shell(`${FIELD}\n${examples('Secrets', 'sh')[0]!}`, { WEBHOOK: webhook });
    expect(Date.parse(until.trim())).toBeGreaterThan(Date.now());
  } finally {
    process.kill(pid);
  }
});

test('the check by hand agrees', async () => {
  const made = await owner.create({ url: `http://localhost:${port}/by-hand`, types: ['user_deleted'] });
  const { id, secret } = made.body as { id: string; secret: string };
  const receiver = spawn(process.execPath, ['receiver.js'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], SECRET: secret },
    stdio: 'ignore',
  });
  receivers.push(receiver);
  const test = await owner.call('POST', `/${id}/test`, {});
  expect(test.status).toBe(202);
  const delivered = await waitFor(async () => {
    const { body } = await api('GET', `/api/webhooks/deliveries/${test.body.delivery_id}`, { token: owner.token });
    return body.status === 'delivered' && body;
  });
  const script = `${examples('What arrives', 'js')[0]!}
    const { secret, headers, body } = JSON.parse(process.argv[1]);
    console.log(isOurs(secret, headers, body), isOurs(secret, headers, body + ' '), isOurs('whsec_AAAA', headers, body));`;
  const input = JSON.stringify({ secret, headers: delivered.request.headers, body: delivered.request.body });
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script, input]);
  expect(stdout.trim()).toBe('true false false');
});
