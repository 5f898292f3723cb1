import Parse from 'parse/node';
// First as a whole: its parts import each other in circles, and only its own order leaves none half loaded.
import 'parse-server';
import { UsersRouter } from 'parse-server/lib/Routers/UsersRouter';
import { accountNamed } from '../auth/login-names';
import { nameKey } from '../auth/names';
import { endSessions } from '../auth/session';
import { sessionStore } from '../auth/session.store';
import { asParseError } from './trigger-stack';
import { wrapMethod } from './wrap-method';

/** What the accounts say of those who log in; each may throw. */
export interface LoginRules {
  /** The password was right. */
  loggedIn(userId: string, password: string): Promise<void>;
  /** Whether the password is still right; `compared` is the hash that it was right by. */
  isStillRight(userId: string, compared: string, password: string): Promise<boolean>;
  /** Refuses who may not work at present. */
  assertMayLogIn(userId: string): Promise<void>;
}

type Fields = Record<string, unknown>;
interface Request {
  body?: Fields;
  query?: Fields;
}
type Answer = { response: { objectId?: string; sessionToken?: string } };
type Handler<T> = (this: UsersRouter, req: Request) => Promise<T>;

interface Routes {
  _authenticateUserFromRequest: Handler<{ objectId: string; password: string }>;
  handleLogIn: Handler<Answer>;
  handleVerifyPassword: Handler<Answer>;
  handleLogInAs: Handler<Answer>;
}

/**
 * Parse Server 9.10 finds an account by the very text of its name or address, and asks for the standing of an account
 * when it logs in with a password or a provider, not in `verifyPassword` and `loginAs`. Below the doors: the routes,
 * batch, the SDK within the server and GraphQL all end in these methods. Called once a process.
 */
export function guardLogins(rules: LoginRules): void {
  const routes = UsersRouter.prototype as unknown as Routes;
  const compared = new WeakMap<Request, Compared>();
  wrapMethod(
    routes,
    '_authenticateUserFromRequest',
    (original) =>
      async function (req) {
        const fields = fieldsOf(req);
        const { username, email, password } = fields;
        const named = { ...(await storedName(username)), ...(await storedEmail(email)) };
        const body = { ...fields, ...named, authData: req.body?.authData };
        const user = await original.call(this, { ...req, body, query: {} });
        compared.set(req, { userId: user.objectId, hash: user.password, password: password as string });
        await translated(() => rules.loggedIn(user.objectId, password as string));
        return user;
      },
  );
  // A new password ends the sessions that are there: one that the old password made meanwhile comes after that. Whoever
  // changes it writes the hash first, so that one of the two sees the other.
  wrapMethod(
    routes,
    'handleLogIn',
    (original) =>
      async function (req) {
        const answer = await original.call(this, req);
        const { userId, hash, password } = compared.get(req)!;
        const isStillRight = await translated(() => rules.isStillRight(userId, hash, password));
        if (isStillRight) return answer;
        await translated(() => endByToken(answer.response.sessionToken!));
        throw new Parse.Error(Parse.Error.OBJECT_NOT_FOUND, 'Invalid username/password.');
      },
  );
  wrapMethod(
    routes,
    'handleVerifyPassword',
    (original) =>
      async function (req) {
        const answer = await original.call(this, req);
        await translated(() => rules.assertMayLogIn(answer.response.objectId!));
        return answer;
      },
  );
  wrapMethod(
    routes,
    'handleLogInAs',
    (original) =>
      async function (req) {
        const userId = req.body?.userId ?? req.query?.userId;
        // What is no id Parse would take for a condition.
        if (userId && typeof userId !== 'string')
          throw new Parse.Error(Parse.Error.INVALID_VALUE, 'userId must be a text.');
        if (userId) await translated(() => rules.assertMayLogIn(userId as string));
        return original.call(this, req);
      },
  );
}

interface Compared {
  userId: string;
  hash: string;
  password: string;
}

async function endByToken(sessionToken: string): Promise<void> {
  const session = await sessionStore().find({ sessionToken });
  if (session) await endSessions([session]);
}

/** As Parse chooses between the two. */
function fieldsOf({ body = {}, query = {} }: Request): Fields {
  return (!body.username && query.username) || (!body.email && query.email) ? query : body;
}

async function storedName(username: unknown): Promise<Fields> {
  const account = typeof username === 'string' && username ? await accountNamed(username) : undefined;
  return account ? { username: account.username } : {};
}

async function storedEmail(email: unknown): Promise<Fields> {
  const account = typeof email === 'string' && email ? await accountNamed(email) : undefined;
  return account?.email !== undefined && account.email === nameKey(email as string) ? { email: account.email } : {};
}

async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asParseError(error, '');
  }
}
