import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { Client } from 'pg';
import { uniqueEmail } from '../factories/ids';
import { startExtraServer, type ExtraServer } from '../frame/support/extra-server';
import { ADMIN, spawnWorker, testServer, waitFor } from '../harness/app';
import { startMailServer, type Delivery, type MailServer } from './smtp';

// PostgreSQL only: what differs between the databases is the outbox, which the recovery tests use on both.
const PASSWORD = 'Correct-horse-9';
let mail: MailServer;
let server: ExtraServer;
let worker: ChildProcess;

beforeAll(async () => {
  mail = await startMailServer();
  server = await startExtraServer({
    SMTP_HOST: '127.0.0.1',
    SMTP_PORT: String(mail.port),
    EMAIL_FROM: 'Shop <noreply@shop.example.com>',
    VERIFY_USER_EMAILS: 'on',
    PREVENT_LOGIN_WITH_UNVERIFIED_EMAIL: 'on',
    PASSWORD_RESET_URL: 'shop://account/new-password?from=mail',
    HOST_CLOUD_CODE: path.join(__dirname, 'fixtures/host-mail.cjs'),
  });
  worker = spawnWorker(testServer(), server.env);
});
afterAll(async () => {
  worker.kill('SIGKILL');
  await server.stop();
  await mail.stop();
});

const register = (email: string) => server.api('POST', '/api/auth/register', { body: { email, password: PASSWORD } });
const logIn = (email: string) => server.api('POST', '/api/auth/login', { body: { email, password: PASSWORD } });
const parse = (route: string, body: object) =>
  server.api('POST', `/parse${route}`, { headers: { 'X-Parse-Application-Id': 'appbackend' }, body });
const forgot = (email: string) => server.api('POST', '/api/auth/password/forgot', { body: { email } });
const send = (fields: object) => parse('/functions/sendEmail', fields);

async function delivery(address: string, count = 1): Promise<Delivery> {
  await waitFor(() => mail.to(address).length >= count, { timeoutMs: 40_000 });
  return mail.to(address)[count - 1]!;
}

async function query<T>(sql: string, values: unknown[] = []): Promise<T[]> {
  const db = new Client({ connectionString: server.databaseUri });
  await db.connect();
  return (await db.query(sql, values).finally(() => db.end())).rows as T[];
}

async function deadLetters(): Promise<{ id: string; payload: string; last_error: string; attempts: number }[]> {
  const token: string = (await server.api('POST', '/api/auth/login', { body: ADMIN })).body.access_token;
  return (await server.api('GET', '/api/queue/dead-letter?queue=email', { token })).body.dead_letters;
}

describe('an address that has to be confirmed', () => {
  test('gets a mail at sign-up, and opens the login when its button is pressed', async () => {
    const email = uniqueEmail();
    const made = await register(email);
    expect([made.status, Object.keys(made.body)]).toEqual([202, ['user']]);
    expect(await logIn(email)).toMatchObject({ status: 403, body: { error: { code: 'FORBIDDEN' } } });
    const got = await delivery(email);
    expect([got.from, got.to]).toEqual(['noreply@shop.example.com', [email]]);
    expect([got.header('From'), got.header('To')]).toEqual(['Shop <noreply@shop.example.com>', email]);
    expect(got.header('Message-ID')).toMatch(/^<[\w-]+@shop\.example\.com>$/);
    expect(got.header('Subject')).toBe('Confirm your address for Shop');
    const link = got.link();
    expect((await fetch(link)).status).toBe(200);
    expect((await logIn(email)).status).toBe(403);
    const token = new URL(link).searchParams.get('token')!;
    const done = await fetch(link, { method: 'POST', body: new URLSearchParams({ token }) });
    expect([done.status, (await done.text()).includes('Your address is confirmed')]).toEqual([200, true]);
    expect(await logIn(email)).toMatchObject({ status: 200, body: { user: { email_verified: true } } });
  });

  test('is asked for at the sign-up of an SDK as by Parse: no session, 205 at login, one mail', async () => {
    const email = uniqueEmail();
    const made = await parse('/users', { username: email, password: PASSWORD, email });
    expect([made.status, made.body.sessionToken]).toEqual([201, undefined]);
    const login = await parse('/login', { username: email, password: PASSWORD });
    expect(login.body.code).toBe(205);
    await delivery(email);
    expect((await parse('/verificationEmailRequest', { email })).status).toBe(200);
    // The same link: the second mail does not spoil the first.
    expect((await delivery(email, 2)).link()).toBe(mail.to(email)[0]!.link());
  });

  test('is asked for again when it changes, at the new one', async () => {
    const [before, after] = [uniqueEmail(), uniqueEmail()];
    const { body } = await register(before);
    const old = new URL((await delivery(before)).link()).searchParams.get('token');
    const master = { 'X-Parse-Application-Id': 'appbackend', 'X-Parse-Master-Key': testServer().masterKey };
    const change = { email: after, username: after };
    await server.api('PUT', `/parse/users/${body.user.id}`, { headers: master, body: change });
    const token = new URL((await delivery(after)).link()).searchParams.get('token');
    expect((await server.api('POST', '/api/auth/verify-email', { body: { token: old } })).status).toBe(400);
    expect((await server.api('POST', '/api/auth/verify-email', { body: { token } })).status).toBe(200);
  });
});

describe('a new password', () => {
  test('links to the page of the application, where one is set', async () => {
    const email = uniqueEmail();
    await register(email);
    await delivery(email);
    await forgot(email);
    const link = (await delivery(email, 2)).link();
    expect(link).toMatch(/^shop:\/\/account\/new-password\?from=mail&token=[\w-]+\.[\w-]+$/);
    const token = link.split('token=')[1];
    const reset = await server.api('POST', '/api/auth/password/reset', { body: { token, password: PASSWORD } });
    expect([reset.status, (await logIn(email)).status]).toEqual([200, 200]);
  });

  test('is kept back by beforePasswordResetRequest of the host, which nobody is told', async () => {
    const [kept, free] = [`keep-back-${uniqueEmail()}`, uniqueEmail()];
    for (const email of [kept, free]) await register(email);
    await Promise.all([delivery(kept), delivery(free)]);
    const answers = [await parse('/requestPasswordReset', { email: kept }), await forgot(free)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    await delivery(free, 2);
    await waitFor(async () => !(await query(`select 1 from app.mail where state = 'queued'`)).length);
    expect(mail.to(kept)).toHaveLength(1);
  });
});

describe('Parse.Cloud.sendEmail', () => {
  test('sends one mail to one recipient, from the name it gives', async () => {
    const to = uniqueEmail();
    const fields = { to, from: 'Ann <ann@shop.example.com>', subject: 'Größe', text: 'Hi', html: '<b>Hi</b>' };
    expect((await send(fields)).body).toEqual({ result: 'accepted' });
    const got = await delivery(to);
    expect([got.from, got.header('From')]).toEqual(['noreply@shop.example.com', 'Ann <ann@shop.example.com>']);
    expect(got.header('Subject')).toBe('=?UTF-8?Q?Gr=C3=B6=C3=9Fe?=');
    expect(got.raw).toContain('multipart/alternative');
    await waitFor(async () => {
      const rows = await query<{ facts: object }>(`select facts from app.mail where kind = 'plain' and state = 'sent'`);
      return rows.length && rows.every(({ facts }) => !Object.keys(facts).length);
    });
  });

  test.each([
    ['two recipients', { to: 'a@example.com, b@example.com' }],
    ['a list of recipients', { to: ['a@example.com', 'b@example.com'] }],
    ['a recipient with a name', { to: 'A <a@example.com>' }],
    ['a header in the recipient', { to: 'a@example.com\r\nBcc: b@example.com' }],
    ['a header in the subject', { subject: 'Hi\r\nBcc: b@example.com' }],
    ['a line separator in the subject', { subject: 'Hi\u2028Bcc: b@example.com' }],
    ['a header in the sender', { from: 'A\r\nBcc: b@example.com <a@example.com>' }],
    ['two senders', { from: 'a@example.com, b@example.com' }],
    ['an object for a text', { text: { path: '/etc/passwd' } }],
    ['a text of a megabyte', { text: 'x'.repeat(1_000_000) }],
    ['no subject', { subject: '' }],
  ])('refuses %s', async (_what, change) => {
    const answer = await send({ to: uniqueEmail(), subject: 'Hi', text: 'Hi', ...change });
    expect([answer.status, answer.body.code]).toEqual([400, 142]);
  });
});

describe('a mail server that', () => {
  const plain = (to: string) => send({ to, subject: 'Hi', text: 'Hi' });

  test('greylists and then drops the line gets the mail once more, the same', async () => {
    const to = uniqueEmail();
    mail.treat(to, (tries) =>
      tries === 1 ? { code: 451, text: '4.7.1 Try again later' } : tries === 2 ? 'drop' : 'take',
    );
    await plain(to);
    await delivery(to);
    expect([mail.tries(to), mail.to(to).length]).toEqual([3, 1]);
  });

  test('refuses for good leaves a dead letter without the address, which can be sent again', async () => {
    const to = uniqueEmail();
    mail.treat(to, (tries) => (tries === 1 ? { code: 550, text: `5.1.1 <${to}> is unknown here` } : 'take'));
    await plain(to);
    const [letter] = await waitFor(async () => {
      const letters = await deadLetters();
      return letters.length > 0 && letters;
    });
    expect(letter).toMatchObject({ attempts: 1, last_error: expect.stringContaining('550') });
    expect(JSON.stringify(letter)).not.toContain(to);
    const token: string = (await server.api('POST', '/api/auth/login', { body: ADMIN })).body.access_token;
    const replay = await server.api('POST', `/api/queue/dead-letter/${letter!.id}/replay`, { token });
    expect(replay.status).toBe(202);
    await delivery(to);
  });

  test('is away gets the mails when it is back', async () => {
    const [one, two] = [uniqueEmail(), uniqueEmail()];
    await mail.stop();
    await plain(one);
    expect((await register(two)).status).toBe(202);
    // Both were tried.
    await waitFor(async () => (await server.api('GET', '/api/queue/status')).body.queues.email.delayed >= 2);
    await mail.start();
    await Promise.all([delivery(one), delivery(two)]);
  });
});

test('a mail whose worker is killed, or whose place in the queue is lost, is sent by the next', async () => {
  const [held, lost] = [uniqueEmail(), uniqueEmail()];
  mail.treat(held, (tries) => (tries === 1 ? 'hold' : 'take'));
  await send({ to: held, subject: 'Hi', text: 'Hi' });
  await delivery(held);
  const facts = JSON.stringify({ to: lost, subject: 'Hi', text: 'Hi' });
  await query(
    `insert into app.mail (id, kind, facts, state, created_at) values ('lost', 'plain', $1, 'queued', now() - interval '1 minute')`,
    [facts],
  );
  worker.kill('SIGKILL');
  worker = spawnWorker(testServer(), server.env);
  await Promise.all([delivery(held, 2), delivery(lost)]);
  const ids = mail.to(held).map((one) => one.header('Message-ID'));
  expect(new Set(ids).size).toBe(1);
  await waitFor(async () => !(await query(`select 1 from app.mail where state = 'queued'`)).length);
  expect(mail.to(lost)).toHaveLength(1);
});

test('in production without a mail server everybody hears that there is none', async () => {
  const settings = {
    NODE_ENV: 'production',
    OUTGOING_LOOPBACK: 'off',
    PASSWORD_HASH_COST: '10',
    DASHBOARD_COOKIE_SECRET: 'a secret of more than 32 characters',
  };
  const production = await startExtraServer(settings);
  try {
    const headers = { 'X-Parse-Application-Id': 'appbackend' };
    for (const email of [ADMIN.email, uniqueEmail()]) {
      const answer = await production.api('POST', '/api/auth/password/forgot', { body: { email } });
      expect([answer.status, answer.body.error.code]).toEqual([503, 'INTEGRATION_NOT_CONFIGURED']);
      const bySdk = await production.api('POST', '/parse/requestPasswordReset', { headers, body: { email } });
      expect([bySdk.status, bySdk.body.code]).toEqual([503, 1]);
    }
    expect((await production.api('GET', '/api/dev/mails')).status).toBe(404);
    expect((await production.api('POST', '/parse/functions/listDevMails', { headers, body: {} })).body.code).toBe(141);
    expect(JSON.stringify((await production.api('GET', '/api-docs/openapi.json')).body)).not.toContain('dev/mails');
  } finally {
    await production.stop();
  }
});
