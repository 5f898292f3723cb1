import { ConfigError, readConfig } from '../../core/config';

const BASE = { DATABASE_URI: 'postgres://localhost/none' };
const PRODUCTION = {
  ...BASE,
  NODE_ENV: 'production',
  JWT_SECRET: 'a secret of more than 32 characters',
  PARSE_MASTER_KEY: 'a-master-key',
  ADMIN_PASSWORD: 'Admin-pass-1234',
};

function faultsOf(env: NodeJS.ProcessEnv): string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    return (error as ConfigError).faults.map((fault) => fault.split(/[: ]/)[0]!);
  }
}

test.each([
  ['a sender of two addresses', { EMAIL_FROM: 'a@example.com, b@example.com' }, ['EMAIL_FROM']],
  ['a header in the sender', { EMAIL_FROM: 'Shop\nBcc: b@example.com <a@example.com>' }, ['EMAIL_FROM']],
  ['a sender without an address', { EMAIL_FROM: 'Shop' }, ['EMAIL_FROM']],
  ['a script for a page', { PASSWORD_RESET_URL: 'javascript://x/%0aalert(1)' }, ['PASSWORD_RESET_URL']],
  ['a page with a fragment', { EMAIL_VERIFY_URL: 'https://shop.example.com/#confirm' }, ['EMAIL_VERIFY_URL']],
  ['an unknown security', { SMTP_SECURE: 'maybe' }, ['SMTP_SECURE']],
  [
    'a closed login without confirmation',
    { PREVENT_LOGIN_WITH_UNVERIFIED_EMAIL: 'on' },
    ['PREVENT_LOGIN_WITH_UNVERIFIED_EMAIL'],
  ],
])('refuses %s', (_what, env, faults) => {
  expect(faultsOf({ ...BASE, ...env })).toEqual(faults);
});

test('wants a sender and a server in production for what it shall mail', () => {
  expect(faultsOf(PRODUCTION)).toEqual([]);
  expect(faultsOf({ ...PRODUCTION, VERIFY_USER_EMAILS: 'on' })).toEqual(['VERIFY_USER_EMAILS']);
  expect(faultsOf({ ...PRODUCTION, SMTP_HOST: 'smtp.example.com' })).toEqual(['EMAIL_FROM']);
});

test('catches mails only without a server and outside production', () => {
  const isCaught = (env: NodeJS.ProcessEnv): boolean => readConfig({ ...BASE, ...env }).mail.isCaught;
  expect([isCaught({}), isCaught({ SMTP_HOST: 'smtp.example.com' })]).toEqual([true, false]);
  expect(readConfig(PRODUCTION).mail).toMatchObject({ isCaught: false, smtp: undefined });
});

test.each(['Shop <noreply@example.com>', 'noreply@example.com'])('takes %s as a sender', (from) => {
  expect(readConfig({ ...BASE, EMAIL_FROM: from }).mail.from).toBe(from);
});

test.each(['https://shop.example.com/new?x=1', 'shop://account/new-password'])('takes %s as a page', (url) => {
  expect(readConfig({ ...BASE, PASSWORD_RESET_URL: url }).mail.resetUrl).toBe(url);
});
