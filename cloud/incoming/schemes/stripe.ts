import { invalidField } from '../../../core/operation/issues';
import { isSignedBy, macInHex, macOf } from './mac';
import { textIn, type Scheme } from './scheme';

const SIGNATURE = 'stripe-signature';
const TOLERANCE_SECONDS = 300;
/** Stripe sends one for each secret that is good; those of other versions are passed over. */
const MAX_SIGNATURES = 20;
const SECONDS = /^\d{1,12}$/;

/** https://docs.stripe.com/webhooks/signature: `t=<seconds>,v1=<hex>`, several v1 during a rotation, over `<t>.<body>`. */
export const stripe: Scheme = {
  findFault: (raw, { secrets, now }) => {
    const { time, macs } = partsOf(raw.header(SIGNATURE) ?? '');
    if (time === undefined || !macs.length) return 'malformed';
    if (!isSignedBy(secrets, [`${time}.`, raw.bytes], macs)) return 'wrong';
    return Math.abs(now.getTime() / 1000 - Number(time)) > TOLERANCE_SECONDS ? 'stale' : undefined;
  },
  read: (_raw, body) => {
    const [id, event] = [textIn(body, 'id'), textIn(body, 'type')];
    if (id === undefined) throw invalidField('id', 'missing', 'must be text');
    if (event === undefined) throw invalidField('type', 'missing', 'must be text');
    return { id, event };
  },
  sign: (body, secret, { at }) => {
    const time = Math.floor(at.getTime() / 1000);
    return { [SIGNATURE]: `t=${time},v1=${macOf(secret, [`${time}.`, body]).toString('hex')}` };
  },
};

function partsOf(header: string): { time: string | undefined; macs: Buffer[] } {
  const pairs = header.split(',', MAX_SIGNATURES).map((part) => part.trim().split('=', 2));
  const times = pairs.filter(([name]) => name === 't').map(([, value]) => value ?? '');
  const [time] = times;
  return {
    // Two times could be one that is signed and one that is recent.
    time: times.length === 1 && SECONDS.test(time!) ? time : undefined,
    macs: pairs.flatMap(([name, value]) => (name === 'v1' ? (macInHex(value) ?? []) : [])),
  };
}
