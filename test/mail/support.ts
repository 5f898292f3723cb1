import { adminToken, api, waitFor } from '../harness/app';
import { withDatabase } from '../accounts/support';

export interface DevMail {
  id: string;
  to: string;
  subject: string;
  text: string;
  html: string | null;
}

/** Caught mails to an address, newest first. */
export async function mailsTo(to: string): Promise<DevMail[]> {
  const { status, body } = await api('GET', `/api/dev/mails?limit=100&to=${encodeURIComponent(to)}`, {
    token: await adminToken(),
  });
  if (status !== 200) throw new Error(`Mails cannot be read: ${status} ${JSON.stringify(body)}`);
  return body.mails;
}

/** Waits for the `count`th mail to the address; the newest. */
export async function mailTo(to: string, count = 1): Promise<DevMail> {
  const mails = await waitFor(async () => {
    const found = await mailsTo(to);
    return found.length >= count && found;
  });
  return mails[0]!;
}

export const linkIn = ({ text }: { text: string }): string => /^\S+:\/\/\S+$/m.exec(text)![0];
export const tokenIn = (mail: { text: string }): string => new URL(linkIn(mail)).searchParams.get('token')!;

/** Every mail that was accepted is sent, dropped or failed. */
export async function untilMailRests(): Promise<void> {
  await waitFor(async () => (await mailRows('queued')) === 0);
}

export function mailRows(state: string): Promise<number> {
  return withDatabase({
    postgres: async (db) =>
      Number((await db.query('select count(*) as n from app.mail where state = $1', [state])).rows[0].n),
    mongo: (db) => db.collection('app_mail').countDocuments({ state }),
  });
}

/** Everything that the database keeps of mails, as text. */
export function storedMails(): Promise<string> {
  return withDatabase({
    postgres: async (db) => JSON.stringify((await db.query('select * from app.mail')).rows),
    mongo: async (db) => JSON.stringify(await db.collection('app_mail').find().toArray()),
  });
}

/** A link for a new password of this address. */
export async function resetToken(email: string): Promise<string> {
  const before = (await mailsTo(email)).length;
  const { status } = await api('POST', '/api/auth/password/forgot', { body: { email } });
  if (status !== 200) throw new Error(`Not accepted: ${status}`);
  return tokenIn(await mailTo(email, before + 1));
}

export const resetPassword = (token: string, password: string) =>
  api('POST', '/api/auth/password/reset', { body: { token, password } });
