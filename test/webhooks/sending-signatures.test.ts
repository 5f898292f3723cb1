import { Webhook } from 'standardwebhooks';
import {
  findStandardFault,
  isStandardSecret,
  makeStandardSecret,
  signStandard,
  type SignatureFault,
} from '../../core/standard-webhooks';

/** As published with the scheme's reference libraries. */
const VECTOR = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: '1614265330',
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const AT = new Date(Number(VECTOR.timestamp) * 1000);

interface Given {
  id?: string | undefined;
  timestamp?: string | undefined;
  signature?: string | undefined;
  body?: string | Buffer;
  secrets?: string[];
  now?: Date;
}

function faultOf(given: Given = {}): SignatureFault | undefined {
  const { id, timestamp, signature, body, secrets, now } = { ...VECTOR, secrets: [VECTOR.secret], now: AT, ...given };
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
  return findStandardFault(headers, body, { secrets, now });
}

const at = (seconds: number): Date => new Date(AT.getTime() + seconds * 1000);

describe('the published vector', () => {
  it('is what we sign', () => {
    expect(signStandard(VECTOR, [VECTOR.secret])).toEqual({
      'webhook-id': VECTOR.id,
      'webhook-timestamp': VECTOR.timestamp,
      'webhook-signature': VECTOR.signature,
    });
  });

  it.each<[string, Given]>([
    ['as it stands', {}],
    ['of bytes', { body: Buffer.from(VECTOR.body) }],
    ['with the secret without its prefix', { secrets: [VECTOR.secret.slice('whsec_'.length)] }],
    ['among several', { signature: `v1,${'A'.repeat(43)}= v2,whatever v1a,x ${VECTOR.signature}` }],
    ['by the second of two secrets', { secrets: [makeStandardSecret(), VECTOR.secret] }],
    ['five minutes later', { now: at(300) }],
    ['five minutes early', { now: at(-300) }],
  ])('verifies %s', (_name, given) => {
    expect(faultOf(given)).toBeUndefined();
  });

  it.each<[string, Given, SignatureFault]>([
    ['without an id', { id: undefined }, 'malformed'],
    ['without a time', { timestamp: undefined }, 'malformed'],
    ['without a signature', { signature: undefined }, 'malformed'],
    ['with an empty signature', { signature: ' ' }, 'malformed'],
    ['with a time that is none', { timestamp: '16142653e1' }, 'malformed'],
    ['with a full stop in its id', { id: `${VECTOR.id}.1` }, 'malformed'],
    ['with a line break in its id', { id: 'a\nb' }, 'malformed'],
    ['over five minutes old', { now: at(301) }, 'stale'],
    ['over five minutes early', { now: at(-301) }, 'stale'],
    ['whose signature is cut', { signature: VECTOR.signature.slice(0, 8) }, 'wrong'],
    ['whose signature has no version', { signature: VECTOR.signature.slice(3) }, 'wrong'],
    ['whose signature is of another version', { signature: VECTOR.signature.replace('v1', 'v2') }, 'wrong'],
    ['whose body changed', { body: `${VECTOR.body} ` }, 'wrong'],
    ['whose id changed', { id: `${VECTOR.id}x` }, 'wrong'],
    ['whose time changed', { timestamp: '1614265331' }, 'wrong'],
    ['by another secret', { secrets: [makeStandardSecret()] }, 'wrong'],
    ['without any secret', { secrets: [] }, 'wrong'],
  ])('is refused %s', (_name, given, fault) => {
    expect(faultOf(given)).toBe(fault);
  });

  it('cannot be read anew by moving a part of the id or the body into the time', () => {
    const moved = signStandard({ id: 'a', timestamp: '1', body: '1614265330.{}' }, [VECTOR.secret]);
    expect(faultOf({ id: 'a.1', body: '{}', signature: moved['webhook-signature'] })).toBe('malformed');
    expect(() => signStandard({ id: 'a.1', timestamp: '1614265330', body: '{}' }, [VECTOR.secret])).toThrow('cannot');
  });
});

describe('the package standardwebhooks', () => {
  const bodies = ['', '{}', '{"name":"Grüße ✓ 字"}', `{"long":"${'x'.repeat(19_000)}"}`];

  it.each(bodies)('verifies our signature of %.30j, by either of two secrets', (body) => {
    const secrets = [makeStandardSecret(), makeStandardSecret()];
    const timestamp = String(Math.floor(Date.now() / 1000));
    const headers = signStandard({ id: 'msg_1', timestamp, body }, secrets);
    for (const secret of secrets) expect(() => new Webhook(secret).verify(body, headers)).not.toThrow();
    expect(() => new Webhook(makeStandardSecret()).verify(body, headers)).toThrow('No matching signature');
  });

  it.each(bodies)('signs what we verify, of %.30j', (body) => {
    const secret = makeStandardSecret();
    const now = new Date();
    const signature = new Webhook(secret).sign('msg_1', now, body);
    const timestamp = String(Math.floor(now.getTime() / 1000));
    expect(faultOf({ id: 'msg_1', timestamp, signature, body, secrets: [secret], now })).toBeUndefined();
  });
});

describe('a secret', () => {
  it('is 32 random bytes behind whsec_', () => {
    const secret = makeStandardSecret();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(makeStandardSecret()).not.toBe(secret);
  });

  it.each([
    ['whsec_', false],
    ['', false],
    ['whsec_not base64!', false],
    [`whsec_${'A'.repeat(4000)}`, false],
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', true],
    ['MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', true],
  ])('%j may be one: %s', (text, is) => {
    expect(isStandardSecret(text)).toBe(is);
  });

  it('that is none is told as a setting that is wrong', () => {
    expect(() => faultOf({ secrets: ['not base64!'] })).toThrow('not base64');
    expect(() => signStandard(VECTOR, ['not base64!'])).toThrow('not base64');
    expect(() => signStandard(VECTOR, [])).toThrow('no secret');
  });
});
