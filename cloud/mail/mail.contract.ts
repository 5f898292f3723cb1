import { z } from 'zod';
import { defineContract } from '../../core/operation/contract';
import { listInput, pageOutput } from '../../core/operation/paging';

export const listDevMailsContract = defineContract({
  name: 'listDevMails',
  summary: 'Mails that were caught instead of sent',
  description:
    'The last 200, newest first. In development and test, without SMTP_HOST, every mail ends here. Does not exist in production.',
  tag: 'Development',
  rest: { method: 'GET', path: '/dev/mails', status: 200 },
  cloud: true,
  access: { kind: 'roles', roles: ['super_admin', 'admin'] },
  input: listInput(
    { to: z.string().max(254).optional().describe('Only those to this address.') },
    { byDefault: 20, atMost: 100 },
  ),
  output: z.strictObject({
    mails: z.array(
      z.strictObject({
        id: z.string(),
        to: z.string(),
        subject: z.string(),
        text: z.string(),
        html: z.string().nullable(),
        at: z.iso.datetime(),
      }),
    ),
    ...pageOutput,
  }),
  idempotency: 'none',
  developmentOnly: true,
});
