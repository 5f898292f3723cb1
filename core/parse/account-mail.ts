import Parse from 'parse/node';
// First as a whole: its parts import each other in circles, and only its own order leaves none half loaded.
import 'parse-server';
import { master } from 'parse-server/lib/Auth';
import { get, type ParseConfig } from 'parse-server/lib/Config';
import { update } from 'parse-server/lib/rest';
import { UsersRouter } from 'parse-server/lib/Routers/UsersRouter';
import { Types, maybeRunTrigger } from 'parse-server/lib/triggers';
import { config } from '../config';
import type { Ctx } from '../context';
import { contextOf } from './trigger-context';
import { asParseError } from './trigger-stack';

/** What Parse's routes, its GraphQL mutations and its saves of people ask for. */
export interface AccountMail {
  requestPasswordReset(ctx: Ctx, address: string): Promise<unknown>;
  requestEmailVerification(ctx: Ctx, address: string): Promise<unknown>;
  confirmPasswordReset(ctx: Ctx, token: string, password: string): Promise<unknown>;
  confirmEmail(ctx: Ctx, token: string): Promise<unknown>;
  /** A row with a new address is about to be saved, with this nonce in it. */
  expectVerification(address: string, nonce: string): Promise<void>;
  /** It was saved. */
  startVerification(nonce: string): Promise<void>;
}

/** An account, and what must still be so in it. */
export interface UserCondition {
  objectId: string;
  _perishable_token?: string;
  _email_verify_token?: string;
  email?: string;
  emailVerified?: { $ne: true };
}

interface RouterRequest {
  body?: { email?: unknown };
  config: ParseConfig;
  auth?: { isMaster?: boolean };
}

interface SavedUser {
  email?: string;
  emailVerified?: boolean;
  _email_verify_token?: string;
}

type SetToken = (user: SavedUser, request: { original?: Parse.Object }, storage?: object) => Promise<boolean>;

/**
 * Puts `mail` in the place of what Parse Server 9.10 does with passwords forgotten and addresses to confirm:
 * there the time of the answer tells who has an account, the tokens are stored in clear, and a mail that fails
 * is lost. Below the doors: the routes, batch, the SDK within the server and GraphQL all end in these methods.
 */
export function takeOverAccountMail(mail: AccountMail): void {
  const routes = UsersRouter.prototype as Record<string, (req: RouterRequest) => Promise<{ response: object }>>;
  routes.handleResetRequest = (req) => answer(req, (ctx, address) => mail.requestPasswordReset(ctx, address));
  routes.handleVerificationEmailRequest = (req) =>
    answer(req, (ctx, address) => mail.requestEmailVerification(ctx, address));
  const { userController } = get(config().parseAppId)!;
  const setToken = (userController as { setEmailVerifyToken: SetToken }).setEmailVerifyToken.bind(userController);
  Object.assign(userController, {
    updatePassword: (token: string, password: string) =>
      translated(async () => mail.confirmPasswordReset(await contextOf({}, 'cloud'), token, password)),
    verifyEmail: (token: string) => translated(async () => mail.confirmEmail(await contextOf({}, 'cloud'), token)),
    setEmailVerifyToken: async (...[user, request, storage]: Parameters<SetToken>) => {
      // The same address again is no new one, and the server may vouch for one.
      if (user.emailVerified === true || request.original?.get('email') === user.email) return false;
      const isSet = await setToken(user, request, storage);
      if (isSet) await translated(() => mail.expectVerification(user.email!, user._email_verify_token!));
      return isSet;
    },
    sendVerificationEmail: ({ _email_verify_token: nonce }: SavedUser) => nonce && mail.startVerification(nonce),
  });
}

/**
 * Changes the one account that fits `where`, in one statement, with all triggers and password rules.
 * @returns false when none fits any more
 */
export async function updateUserWhere(where: UserCondition, values: object): Promise<boolean> {
  const settings = get(config().parseAppId)!;
  try {
    await update(settings, master(settings), '_User', where, values);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === Parse.Error.OBJECT_NOT_FOUND) return false;
    throw error;
  }
}

/** A host application's `beforePasswordResetRequest`. @throws what it throws, to refuse */
export async function askBeforePasswordReset(user: Parse.User): Promise<void> {
  const settings = get(config().parseAppId)!;
  await maybeRunTrigger(Types.beforePasswordResetRequest!, master(settings), user, null, settings, {});
}

async function answer(
  { body, config: settings, auth }: RouterRequest,
  work: (ctx: Ctx, address: string) => Promise<unknown>,
): Promise<{ response: object }> {
  const address = body?.email;
  if (!address) throw new Parse.Error(Parse.Error.EMAIL_MISSING, 'you must provide an email');
  if (typeof address !== 'string')
    throw new Parse.Error(Parse.Error.INVALID_EMAIL_ADDRESS, 'you must provide a valid email string');
  const { ip = '', headers = {} } = settings;
  await translated(async () =>
    work(await contextOf({ ip, headers, master: auth?.isMaster === true }, 'cloud'), address),
  );
  return { response: {} };
}

async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asParseError(error, '');
  }
}
