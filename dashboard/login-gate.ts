import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import passwords from 'parse-server/lib/password';
import { clientAddress } from '../core/auth/client-address';
import { accountNamed } from '../core/auth/login-names';
import { AppError } from '../core/errors';
import { chargeAccount, chargeSignIn, forgiveAccount, forgiveSignIn } from '../core/limits';
import type { DashboardUser } from './admins.store';

/** A form with two short fields. */
const MAX_FORM_BYTES = '10kb';
/** What no admin's `pass` is. */
const WRONG = 'wrong';

/**
 * Parse Dashboard knows no lockout, one spelling of a name, and bcrypt only, on the main thread: guessing is
 * limited here, by address and by account, as at the other logins, and names and passwords are compared as there.
 */
export function loginGate(admins: readonly DashboardUser[]): RequestHandler[] {
  return [express.urlencoded({ extended: false, limit: MAX_FORM_BYTES }), chargeLogin, comparePassword(admins)];
}

function chargeLogin(req: Request, res: Response, next: NextFunction): void {
  const { username } = (req.body ?? {}) as { username?: unknown };
  const ip = clientAddress(req);
  const name = typeof username === 'string' ? username : '';
  Promise.all([chargeSignIn(ip, 'dashboard'), chargeAccount(ip, name)]).then(
    () => {
      res.once('finish', () => {
        if (isSuccess(res)) void Promise.all([forgiveSignIn(ip, 'dashboard'), forgiveAccount(ip, name)]);
      });
      next();
    },
    (error: unknown) => {
      if (!(error instanceof AppError) || error.code !== 'RATE_LIMITED') return next(error);
      res
        .status(429)
        .set('retry-after', String(error.retryAfterSeconds ?? 60))
        .type('text/plain')
        .send(error.message);
    },
  );
}

/** Right and wrong passwords are both answered with a redirect; a wrong one leads back to the form. */
function isSuccess(res: Response): boolean {
  return res.statusCode === 302 && !/\/login(\?|$)/.test(String(res.getHeader('location') ?? ''));
}

/** Hands on the name that the dashboard knows, and in the place of a password what says that it was right. */
function comparePassword(admins: readonly DashboardUser[]): RequestHandler {
  return (req, _res, next) => {
    const form = (req.body ?? {}) as { username?: unknown; password?: unknown };
    const { username, password } = form;
    form.password = WRONG;
    if (typeof username !== 'string' || typeof password !== 'string') return next();
    rightAdmin(admins, username, password).then((admin) => {
      if (admin) Object.assign(form, { username: admin.user, password: admin.pass });
      next();
    }, next);
  };
}

async function rightAdmin(
  admins: readonly DashboardUser[],
  username: string,
  password: string,
): Promise<DashboardUser | undefined> {
  const account = await accountNamed(username);
  const admin = admins.find(({ user }) => user === account?.email);
  const isRight = await passwords.compare(password, admin?.hash ?? passwords.dummyHash);
  return isRight ? admin : undefined;
}
