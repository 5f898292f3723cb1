import { isSignedBy, macBehindPrefix, macOf } from './mac';
import type { Scheme } from './scheme';

const SIGNATURE = 'x-hub-signature-256';
const ID = 'x-github-delivery';
const EVENT = 'x-github-event';

/**
 * https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries: over the bytes alone. GitHub tells no
 * time, so nothing is too old; what it sends again has the same id.
 */
export const github: Scheme = {
  findFault: (raw, { secrets }) => {
    const given = macBehindPrefix(raw.header(SIGNATURE));
    if (!given) return 'malformed';
    return isSignedBy(secrets, [raw.bytes], [given]) ? undefined : 'wrong';
  },
  read: (raw) => ({ id: raw.header(ID), event: raw.header(EVENT) }),
  sign: (body, secret, { id, event }) => ({
    [SIGNATURE]: `sha256=${macOf(secret, [body]).toString('hex')}`,
    [ID]: id,
    [EVENT]: event,
  }),
};
