import { sendMail, type Mail } from '../mail/mail';
import { asParseError } from './trigger-stack';

/** `Parse.Cloud.sendEmail` of a host application. What Parse itself would mail is ours: account-mail.ts. */
export const hostMailAdapter = {
  sendMail: async (mail: Mail): Promise<void> => {
    try {
      await sendMail(mail);
    } catch (error) {
      throw asParseError(error, '');
    }
  },
};
