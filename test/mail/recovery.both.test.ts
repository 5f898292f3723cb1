import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { adminToken, api, parseFn, parseRest, testServer } from '../harness/app';
import { probe, refresh, sessionCount, withDatabase } from '../accounts/support';
import { uniqueEmail } from '../factories/ids';
import { createPerson, logIn, PASSWORD } from '../factories/people';
import {
  linkIn,
  mailRows,
  mailsTo,
  mailTo,
  resetPassword,
  resetToken,
  storedMails,
  tokenIn,
  untilMailRests,
} from './support';

const NEW_PASSWORD = 'Another-horse-10';
const graphql = (query: string, input: object) =>
  api('POST', '/graphql', {
    headers: { 'X-Parse-Application-Id': 'appbackend' },
    body: { query, variables: { input } },
  });

/** What both databases hold of an account beside what the API shows. */
const setUser = (id: string, column: string, value: unknown) =>
  withDatabase<unknown>({
    postgres: (db) => db.query(`update "_User" set ${column} = $2 where "objectId" = $1`, [id, value]),
    mongo: (db) => db.collection<{ _id: string }>('_User').updateOne({ _id: id }, { $set: { [column]: value } }),
  });

const DOORS: [string, (email: string) => Promise<{ status: number; body: any }>][] = [
  ['/api', (email) => api('POST', '/api/auth/password/forgot', { body: { email } })],
  ['the cloud function', (email) => parseFn('requestPasswordReset', { email })],
  ['Parse', (email) => parseRest('POST', '/requestPasswordReset', { body: { email } })],
  [
    'a batch',
    (email) =>
      parseRest('POST', '/batch', {
        body: { requests: [{ method: 'POST', path: '/parse/requestPasswordReset', body: { email } }] },
      }),
  ],
  [
    'GraphQL',
    (email) => graphql('mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { ok } }', { email }),
  ],
];
const VERIFY_DOORS: typeof DOORS = [
  ['/api', (email) => api('POST', '/api/auth/verify-email/resend', { body: { email } })],
  ['the cloud function', (email) => parseFn('resendVerificationEmail', { email })],
  ['Parse', (email) => parseRest('POST', '/verificationEmailRequest', { body: { email } })],
  [
    'GraphQL',
    (email) =>
      graphql('mutation ($input: SendVerificationEmailInput!) { sendVerificationEmail(input: $input) { ok } }', {
        email,
      }),
  ],
];

describe.each([
  ['a new password', DOORS, 'password'],
  ['a confirmation', VERIFY_DOORS, 'address'],
])('asking for %s', (_what, doors, subject) => {
  test.each(doors)('through %s mails a link', async (_door, ask) => {
    const { email } = await createPerson();
    expect((await ask(email.toUpperCase())).status).toBe(200);
    const mail = await mailTo(email);
    expect(mail.subject).toContain(subject);
    expect(linkIn(mail)).toContain(testServer().url);
  });

  test.each(doors)('through %s answers the same for whoever may have an account or not', async (_door, ask) => {
    const [known, suspended, closed, confirmed] = [
      await createPerson(),
      await createPerson(),
      await createPerson(),
      await createPerson(),
    ];
    await api('PUT', `/api/users/${suspended.id}`, { token: await adminToken(), body: { status: 'suspended' } });
    await api('DELETE', '/api/users/me', { token: closed.token });
    await setUser(
      confirmed.id,
      testServer().databaseUri.startsWith('mongodb') ? 'emailVerified' : '"emailVerified"',
      true,
    );
    const seen = [];
    for (const email of [
      known.email,
      suspended.email,
      closed.email,
      confirmed.email,
      uniqueEmail(),
      'ö@beispiel.example',
    ])
      seen.push(await ask(email));
    const answers = seen.map(({ status, body }) => JSON.stringify({ status, body }));
    expect([...new Set(answers)]).toHaveLength(1);
    expect(seen[0]!.status).toBe(200);
    await untilMailRests();
    expect(await mailsTo(known.email)).toHaveLength(1);
    expect([...(await mailsTo(suspended.email)), ...(await mailsTo(closed.email))]).toEqual([]);
    expect(await mailsTo(confirmed.email)).toHaveLength(subject === 'password' ? 1 : 0);
  });
});

describe('a new password', () => {
  test('ends what the account was open with, and the new one logs in', async () => {
    const person = await createPerson();
    const other = await logIn(person.email);
    const token = await resetToken(person.email);
    expect(await probe(person.token)).toBe(200);
    expect(await resetPassword(token, NEW_PASSWORD)).toMatchObject({ status: 200, body: { success: true } });
    expect([await probe(person.token), await probe(other.token)]).toEqual([401, 401]);
    expect([(await refresh(person.refreshToken)).status, (await refresh(other.refreshToken)).status]).toEqual([
      401, 401,
    ]);
    expect((await parseRest('GET', '/sessions/me', { sessionToken: person.sessionToken })).status).toBe(400);
    expect(await sessionCount(person.id)).toBe(0);
    const old = await api('POST', '/api/auth/login', { body: { email: person.email, password: PASSWORD } });
    expect(old.status).toBe(401);
    const again = await logIn(person.email, NEW_PASSWORD);
    expect((await api('GET', '/api/users/me', { token: again.token })).body.email_verified).toBe(true);
  });

  test('is set once by fifty uses of the link at the same time', async () => {
    const person = await createPerson();
    const token = await resetToken(person.email);
    const uses = await Promise.all(Array.from({ length: 50 }, (_none, n) => resetPassword(token, `Horse-number-${n}`)));
    const won = uses.flatMap(({ status }, n) => (status === 200 ? [n] : []));
    expect(won).toHaveLength(1);
    expect(uses.filter(({ status, body }) => status === 400 && body.error.code === 'INVALID_LINK')).toHaveLength(49);
    await logIn(person.email, `Horse-number-${won[0]}`);
  });

  test('can be set with the links of two mails until one is used', async () => {
    const person = await createPerson();
    const [first, second] = [await resetToken(person.email), await resetToken(person.email)];
    expect((await resetPassword(first, NEW_PASSWORD)).status).toBe(200);
    expect((await resetPassword(second, 'Third-horse-11')).status).toBe(400);
  });

  test('lifts the lockout', async () => {
    const person = await createPerson();
    const tryIn = (password: string) => api('POST', '/api/auth/login', { body: { email: person.email, password } });
    for (let n = 0; n < 5; n += 1) await tryIn('wrong-password');
    expect((await tryIn(PASSWORD)).status).toBe(401);
    expect((await resetPassword(await resetToken(person.email), NEW_PASSWORD)).status).toBe(200);
    expect((await tryIn(NEW_PASSWORD)).status).toBe(200);
  });

  test.each([
    ['is short', () => 'short-7', 400],
    ['is long', () => 'x'.repeat(129), 400],
    ['holds the user name', (email: string) => `a ${email} z`, 400],
  ])('that %s is refused, and the link stays good', async (_what, password, status) => {
    const person = await createPerson();
    const token = await resetToken(person.email);
    const refused = await resetPassword(token, password(person.email));
    expect([refused.status, refused.body.error.code]).toEqual([status, 'VALIDATION_ERROR']);
    expect(await probe(person.token)).toBe(200);
    expect((await resetPassword(token, NEW_PASSWORD)).status).toBe(200);
  });

  test('through GraphQL is set by the same link, once', async () => {
    const person = await createPerson();
    const input = { username: person.email, password: NEW_PASSWORD, token: await resetToken(person.email) };
    const confirm = () =>
      graphql('mutation ($input: ConfirmResetPasswordInput!) { confirmResetPassword(input: $input) { ok } }', input);
    expect((await confirm()).body).toEqual({ data: { confirmResetPassword: { ok: true } } });
    expect((await confirm()).body.errors).toHaveLength(1);
    expect(await probe(person.token)).toBe(401);
    await logIn(person.email, NEW_PASSWORD);
  });

  test('is not set by a made-up, foreign, old or misused link', async () => {
    const [person, other] = [await createPerson(), await createPerson()];
    const token = await resetToken(person.email);
    const [nonce, mac] = token.split('.') as [string, string];
    const [, otherMac] = (await resetToken(other.email)).split('.') as [string, string];
    await api('POST', '/api/auth/verify-email/resend', { body: { email: person.email } });
    const verify = tokenIn(await mailTo(person.email, 2));
    const forged = [
      'x',
      nonce,
      `${nonce}.${otherMac}`,
      `${nonce}.${mac.slice(1)}A`,
      verify,
      `${nonce.slice(1)}a.${mac}`,
    ];
    for (const fake of forged) expect((await resetPassword(fake, NEW_PASSWORD)).body.error.code).toBe('INVALID_LINK');
    expect((await api('POST', '/api/auth/verify-email', { body: { token } })).status).toBe(400);
    await setUser(person.id, '_perishable_token_expires_at', new Date(Date.now() - 1000));
    expect((await resetPassword(token, NEW_PASSWORD)).body.error.code).toBe('INVALID_LINK');
    await logIn(person.email);
  });

  test('is not set after the password or the address has changed', async () => {
    const [one, two] = [await createPerson(), await createPerson()];
    const [first, second] = [await resetToken(one.email), await resetToken(two.email)];
    const change = { password: NEW_PASSWORD, current_password: PASSWORD };
    expect((await api('PUT', '/api/users/me', { token: one.token, body: change })).status).toBe(200);
    const moved = await parseRest('PUT', `/users/${two.id}`, {
      masterKey: true,
      body: { email: uniqueEmail(), username: `n${two.id}` },
    });
    expect(moved.status).toBe(200);
    expect((await resetPassword(first, 'Third-horse-11')).body.error.code).toBe('INVALID_LINK');
    expect((await resetPassword(second, 'Third-horse-11')).body.error.code).toBe('INVALID_LINK');
  });

  test('leaves an audit line, and its token is stored and logged nowhere', async () => {
    const person = await createPerson();
    const token = await resetToken(person.email);
    await resetPassword(token, NEW_PASSWORD);
    await untilMailRests();
    const where = JSON.stringify({ action: 'confirmPasswordReset', object_id: person.id });
    const { body } = await parseRest('GET', `/classes/AuditLog?where=${encodeURIComponent(where)}`, {
      masterKey: true,
    });
    expect(body.results).toMatchObject([{ actor: 'anonymous', outcome: 'ok', door: 'rest' }]);
    const [nonce] = token.split('.');
    const kept = [await storedMails(), JSON.stringify(body), readFileSync(testServer().logFile, 'utf8')].join('\n');
    expect(kept.includes(token) || kept.includes(nonce!)).toBe(false);
    expect(await mailRows('failed')).toBe(0);
  });
});

describe('an address', () => {
  test('is confirmed by its link, once, and not any more when it has changed', async () => {
    const person = await createPerson();
    const shown = async () => (await api('GET', '/api/users/me', { token: person.token })).body.email_verified;
    expect(await shown()).toBe(false);
    await api('POST', '/api/auth/verify-email/resend', { body: { email: person.email } });
    const token = tokenIn(await mailTo(person.email));
    const confirm = (value: string) => api('POST', '/api/auth/verify-email', { body: { token: value } });
    expect((await confirm(token)).body).toEqual({ success: true });
    expect([await shown(), (await confirm(token)).status]).toEqual([true, 400]);
    const next = uniqueEmail();
    await api('PUT', '/api/users/me', { token: person.token, body: { email: person.email } });
    expect(await shown()).toBe(true);
    const moved = await parseRest('PUT', `/users/${person.id}`, {
      masterKey: true,
      body: { email: next, username: `n${person.id}` },
    });
    expect([moved.status, await shown()]).toEqual([200, false]);
    const back = await parseRest('PUT', `/users/${person.id}`, { masterKey: true, body: { email: person.email } });
    expect([back.status, (await confirm(token)).status]).toEqual([200, 400]);
  });

  test('is not confirmed by a client that says so', async () => {
    const person = await createPerson();
    const { status } = await parseRest('PUT', `/users/${person.id}`, {
      sessionToken: person.sessionToken,
      body: { emailVerified: true },
    });
    expect(status).toBe(400);
  });
});

describe('whom mails go to', () => {
  test('is the name of an account without an address, where it is one; that proves no address', async () => {
    const person = await createPerson();
    await withDatabase<unknown>({
      postgres: (db) => db.query('update "_User" set email = null where "objectId" = $1', [person.id]),
      mongo: (db) => db.collection<{ _id: string }>('_User').updateOne({ _id: person.id }, { $unset: { email: '' } }),
    });
    expect((await resetPassword(await resetToken(person.email), NEW_PASSWORD)).status).toBe(200);
    const login = await api('POST', '/api/auth/login', { body: { username: person.email, password: NEW_PASSWORD } });
    expect(login.body.user).toMatchObject({ email: null, email_verified: false });
  });

  test('is forgotten when the person is erased', async () => {
    const person = await createPerson();
    await resetToken(person.email);
    expect((await api('POST', '/api/users/me/erase', { token: person.token })).status).toBe(200);
    expect(await mailsTo(person.email)).toEqual([]);
    expect(await storedMails()).not.toContain(person.email);
  });

  test('is kept for the last 200 mails of development only', async () => {
    const numbers = Array.from({ length: 250 }, (_none, n) => n);
    const mail = { recipient: 'many@example.com', subject: 's', body: 't', html: null };
    await withDatabase<unknown>({
      postgres: (db) =>
        db.query(
          `insert into app.caught_mail (id, recipient, subject, body, caught_at)
           select gen_random_uuid()::text, 'many@example.com', 's', 't', now() from generate_series(1, 250)`,
        ),
      mongo: (db) =>
        db
          .collection<{ _id: string }>('app_caught_mail')
          .insertMany(numbers.map((n) => ({ ...mail, _id: randomUUID(), caught_at: new Date(n) }))),
    });
    const { email } = await createPerson();
    await resetToken(email);
    const { body } = await api('GET', '/api/dev/mails?limit=1', { token: await adminToken() });
    expect([body.total, body.mails[0].to]).toEqual([200, email]);
  });
});

describe('Parse', () => {
  test.each([
    ['nothing', {}, 204],
    ['an empty address', { email: '' }, 204],
    ['an operator', { email: { $ne: null } }, 125],
    ['a list', { email: ['a@example.com'] }, 125],
    ['a token alone', { token: 'x' }, 204],
  ])('answers as it does to a request with %s', async (_what, body, code) => {
    for (const route of ['/requestPasswordReset', '/verificationEmailRequest']) {
      const answer = await parseRest('POST', route, { body });
      expect([answer.status, answer.body.code]).toEqual([400, code]);
    }
  });

  test.each([
    ['no address', 'nobody'],
    ['a control character', 'a\u0001@example.com'],
    ['500 characters', `${'x'.repeat(488)}@example.com`],
    ['a second header', 'a@example.com\r\nBcc: b@example.com'],
  ])('takes %s for an address of nobody', async (_what, email) => {
    expect(await parseRest('POST', '/requestPasswordReset', { body: { email } })).toMatchObject({
      status: 200,
      body: {},
    });
  });

  test('has no pages of its own any more, and sends old links to ours', async () => {
    const old = await api('GET', '/parse/apps/appbackend/request_password_reset?token=a%22b');
    expect([old.status, old.headers.get('location')]).toEqual([303, '/account/password?token=a%22b']);
    for (const page of [
      '/apps/appbackend/resend_verification_email',
      '/apps/choose_password.html',
      '/apps/appbackend/verify_email',
    ])
      expect((await parseRest('POST', page, { body: {} })).status).toBe(404);
  });
});
