import { AppError } from '../../../core/errors';
import { invalidField } from '../../../core/operation/issues';
import { isSignedBy, macBehindPrefix, macOf } from './mac';
import { textIn, type Scheme } from './scheme';

const SIGNATURE = 'x-webhook-signature';
const ID = 'x-webhook-id';
const TOLERANCE_MS = 300_000;

/**
 * Ours: `X-Webhook-Signature: sha256=<hex>` over the bytes of `{event, source, data, timestamp}`. The time is part of
 * what is signed, so that nobody sends the same again much later.
 */
export const own: Scheme = {
  findFault: (raw, { secrets }) => {
    const given = macBehindPrefix(raw.header(SIGNATURE));
    if (!given) return 'malformed';
    return isSignedBy(secrets, [raw.bytes], [given]) ? undefined : 'wrong';
  },
  read: (raw, body, now) => {
    const event = textIn(body, 'event');
    if (event === undefined) throw invalidField('event', 'missing', 'must be text');
    const at = timeOf(body);
    if (at === undefined) throw invalidField('timestamp', 'wrong_format', 'must be a time in ISO 8601 with its zone');
    if (Math.abs(now.getTime() - at) > TOLERANCE_MS)
      throw new AppError('UNAUTHORIZED', 'The signature is missing, wrong or too old.');
    return { id: raw.header(ID), event, source: textIn(body, 'source') };
  },
  sign: (body, secret, { id }) => ({ [SIGNATURE]: `sha256=${macOf(secret, [body]).toString('hex')}`, [ID]: id }),
};

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)$/;

function timeOf(body: unknown): number | undefined {
  const text = textIn(body, 'timestamp');
  const time = text !== undefined && ISO.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(time) ? undefined : time;
}
