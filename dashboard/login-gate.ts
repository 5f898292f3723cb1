import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { AppError } from '../core/errors';
import { chargeAccount, chargeSignIn, forgiveAccount, forgiveSignIn } from '../core/limits';

/** A form with two short fields. */
const MAX_FORM_BYTES = '10kb';

/**
 * Parse Dashboard knows no lockout and compares bcrypt hashes on the main thread: guessing is
 * limited here, by address and by account, as at the other logins.
 */
export function loginGate(): RequestHandler[] {
  return [express.urlencoded({ extended: false, limit: MAX_FORM_BYTES }), chargeLogin];
}

function chargeLogin(req: Request, res: Response, next: NextFunction): void {
  const { username } = (req.body ?? {}) as { username?: unknown };
  const ip = req.ip ?? '';
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
