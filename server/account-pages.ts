import type { Express, NextFunction, Request, Response } from 'express';
import { confirmEmail, confirmPasswordReset, isOpenLink } from '../cloud/accounts/recovery.service';
import { clientAddress } from '../core/auth/client-address';
import { PASSWORD_RULE } from '../core/auth/password-text';
import { systemClock } from '../core/clock';
import { config } from '../core/config';
import { retryAfterOf, toAppError } from '../core/errors';
import { chargeIp } from '../core/limits';
import { log } from '../core/log';
import { htmlOf, STYLE, STYLE_PATH, type Page } from './account-pages.html';
import { readBytes } from './body';
import { requestIdOf, restContext } from './request';

const PASSWORD_PATH = '/account/password';
const EMAIL_PATH = '/account/email';
const MAX_FORM_BYTES = 8192;

const ASK_PASSWORD = { title: 'Choose a new password', text: PASSWORD_RULE } as const;
const ASK_EMAIL = { title: 'Confirm your address', text: 'One click, and it is done.' } as const;
const LINK_OVER: Page = {
  title: 'This link opens nothing',
  text: 'It was used already, it is too old, or a part of it is missing. Ask for a new mail in the application.',
};

/**
 * The pages behind mailed links. Opening one changes nothing: mail scanners and previews open links, too.
 * No script, nothing from elsewhere, no other page may frame them, and their address is told to nobody.
 */
export function mountAccountPages(app: Express): void {
  const { parseMount } = config();
  app.get(STYLE_PATH, (_req, res) => {
    res.set({
      'content-type': 'text/css; charset=utf-8',
      'cache-control': 'max-age=3600',
      'x-content-type-options': 'nosniff',
    });
    res.send(STYLE);
  });
  app.get(
    PASSWORD_PATH,
    page((req) => showForm(req, 'reset')),
  );
  app.post(PASSWORD_PATH, page(changePassword));
  app.get(
    EMAIL_PATH,
    page((req) => showForm(req, 'verify')),
  );
  app.post(EMAIL_PATH, page(confirmAddress));
  // Where the links of a plain Parse Server point.
  for (const [name, target] of [
    ['request_password_reset', PASSWORD_PATH],
    ['choose_password', PASSWORD_PATH],
    ['verify_email', EMAIL_PATH],
  ] as const) {
    app.get([`${parseMount}/apps/:appId/${name}`, `${parseMount}/apps/${name}`], (req, res) => {
      res.redirect(303, `${target}?token=${encodeURIComponent(tokenIn(req.query.token))}`);
    });
  }
}

type Answer = Page & { status?: number };

async function showForm(req: Request, purpose: 'reset' | 'verify'): Promise<Answer> {
  const token = tokenIn(req.query.token);
  if (!(await isOpenLink(purpose, token, systemClock.now()))) return { ...LINK_OVER, status: 400 };
  return purpose === 'reset' ? passwordForm(token) : emailForm(token);
}

async function changePassword(req: Request): Promise<Answer> {
  const form = await readForm(req);
  const [token, password] = [tokenIn(form.get('token')), form.get('password') ?? ''];
  if (password !== (form.get('repeated') ?? '')) {
    return { ...passwordForm(token), fault: 'The two passwords are not the same.', status: 400 };
  }
  try {
    await confirmPasswordReset(contextFor(req), { token, password });
  } catch (error) {
    const known = toAppError(error);
    if (known.code === 'INVALID_LINK') return { ...LINK_OVER, status: 400 };
    if (known.code === 'VALIDATION_ERROR') {
      return { ...passwordForm(token), fault: `This password does not fit. ${PASSWORD_RULE}`, status: 400 };
    }
    throw error;
  }
  return {
    title: 'Your password is changed',
    text: 'You are signed out everywhere. Sign in with the new password.',
  };
}

async function confirmAddress(req: Request): Promise<Answer> {
  const token = tokenIn((await readForm(req)).get('token'));
  try {
    await confirmEmail(contextFor(req), token);
  } catch (error) {
    if (toAppError(error).code === 'INVALID_LINK') return { ...LINK_OVER, status: 400 };
    throw error;
  }
  return { title: 'Your address is confirmed', text: 'Thank you. You can close this page.' };
}

const passwordForm = (token: string): Page => ({
  ...ASK_PASSWORD,
  form: { action: PASSWORD_PATH, token, asksPassword: true, button: 'Set the new password' },
});

const emailForm = (token: string): Page => ({
  ...ASK_EMAIL,
  form: { action: EMAIL_PATH, token, asksPassword: false, button: 'Confirm' },
});

/** Limits, headers and failures of every page. */
function page(work: (req: Request) => Promise<Answer>) {
  return async (req: Request, res: Response, next: NextFunction): Promise<void> => {
    setHeaders(res, requestIdOf(req));
    try {
      await chargeIp(clientAddress(req));
      const { status = 200, ...shown } = await work(req);
      res.status(status).send(htmlOf(shown));
    } catch (error) {
      if (res.headersSent) return next(error);
      const known = toAppError(error);
      const { status, code } = known;
      const retryAfter = retryAfterOf(known);
      if (status >= 500) log().error({ err: error }, 'A page of an account failed.');
      if (retryAfter !== undefined) res.set('retry-after', String(retryAfter));
      const text = code === 'RATE_LIMITED' ? 'Too many tries; wait a few minutes.' : 'Please try again later.';
      res.status(status).send(htmlOf({ title: 'That did not work', text }));
    }
  };
}

/** Of pages without scripts. */
export const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

function setHeaders(res: Response, requestId: string): void {
  res.set({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': PAGE_POLICY,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'x-request-id': requestId,
  });
}

async function readForm(req: Request): Promise<URLSearchParams> {
  return new URLSearchParams((await readBytes(req, MAX_FORM_BYTES)).toString('utf8'));
}

const contextFor = (req: Request): ReturnType<typeof restContext> =>
  restContext(req, { kind: 'anonymous' }, requestIdOf(req));

const tokenIn = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 200) : '');
