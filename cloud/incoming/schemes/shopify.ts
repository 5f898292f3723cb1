import { isSignedBy, macInBase64, macOf } from './mac';
import type { Scheme } from './scheme';

const SIGNATURE = 'x-shopify-hmac-sha256';
const ID = 'x-shopify-webhook-id';
const TOPIC = 'x-shopify-topic';
const TRIGGERED_AT = 'x-shopify-triggered-at';
/** Shopify tries for two days with the time of the first; the header is not signed, so this keeps out the old ones only. */
const MAX_AGE_MS = 72 * 3_600_000;
const MAX_AHEAD_MS = 300_000;

/** https://shopify.dev/docs/apps/build/webhooks/subscribe/https: base64 over the bytes; everything else is in headers. */
export const shopify: Scheme = {
  findFault: (raw, { secrets, now }) => {
    const given = macInBase64(raw.header(SIGNATURE));
    if (!given) return 'malformed';
    if (!isSignedBy(secrets, [raw.bytes], [given])) return 'wrong';
    const triggered = raw.header(TRIGGERED_AT);
    if (triggered === undefined) return undefined;
    const ageMs = now.getTime() - Date.parse(triggered);
    if (Number.isNaN(ageMs)) return 'malformed';
    return ageMs > MAX_AGE_MS || ageMs < -MAX_AHEAD_MS ? 'stale' : undefined;
  },
  read: (raw) => ({ id: raw.header(ID), event: raw.header(TOPIC) }),
  sign: (body, secret, { id, event, at }) => ({
    [SIGNATURE]: macOf(secret, [body]).toString('base64'),
    [ID]: id,
    [TOPIC]: event,
    [TRIGGERED_AT]: at.toISOString(),
  }),
};
