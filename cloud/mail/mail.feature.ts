import type { Feature } from '../../core/feature';
import { caughtMails } from '../../core/mail/catcher';
import { defineOperation } from '../../core/operation/operation';
import { offsetOf, pageOf } from '../../core/operation/paging';
import { listDevMailsContract } from './mail.contract';

/** The mails of development. Sending is core/mail: `sendMail`, or a kind of one's own in `Feature.mails`. */
export const mailFeature: Feature = {
  name: 'mail',
  operations: [
    defineOperation(listDevMailsContract, async (_ctx, { to, ...asked }) => {
      const { mails, total } = await caughtMails({ to, skip: offsetOf(asked), limit: asked.limit });
      return { mails: mails.map((mail) => ({ ...mail, at: mail.at.toISOString() })), ...pageOf(asked, total) };
    }),
  ],
};
