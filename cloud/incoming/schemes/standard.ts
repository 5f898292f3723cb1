import { findStandardFault, signStandard } from '../../../core/standard-webhooks';
import { textIn, type Scheme } from './scheme';

/** https://www.standardwebhooks.com: id, time and bytes are signed. */
export const standard: Scheme = {
  findFault: (raw, signing) =>
    findStandardFault(
      {
        'webhook-id': raw.header('webhook-id'),
        'webhook-timestamp': raw.header('webhook-timestamp'),
        'webhook-signature': raw.header('webhook-signature'),
      },
      raw.bytes,
      signing,
    ),
  read: (raw, body) => ({ id: raw.header('webhook-id'), event: textIn(body, 'type') }),
  sign: (body, secret, { id, at }) =>
    signStandard({ id, timestamp: String(Math.floor(at.getTime() / 1000)), body }, [secret]),
};
