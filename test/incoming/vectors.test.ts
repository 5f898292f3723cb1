import { RawBody } from '../../core/operation/raw-body';
import { SCHEMES } from '../../cloud/incoming/schemes/schemes';

const fault = (
  scheme: keyof typeof SCHEMES,
  body: string,
  headers: Record<string, string>,
  { secret, now = new Date() }: { secret: string; now?: Date },
) => SCHEMES[scheme].findFault(new RawBody(Buffer.from(body), headers), { secrets: ['another secret', secret], now });

test("GitHub's documented example", () => {
  // https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
  const header = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
  const secret = "It's a Secret to Everybody";
  expect(fault('github', 'Hello, World!', { 'x-hub-signature-256': header }, { secret })).toBeUndefined();
  expect(fault('github', 'Hello, World?', { 'x-hub-signature-256': header }, { secret })).toBe('wrong');
  expect(fault('github', 'Hello, World!', { 'x-hub-signature': header }, { secret })).toBe('malformed');
});

test("Standard Webhooks' published example", () => {
  // https://github.com/standard-webhooks/standard-webhooks, the specification's own vector.
  const vector = {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  };
  const body = '{"test": 2432232314}';
  const now = new Date(1_614_265_330_000);
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const headers = { raw: new RawBody(Buffer.from(body), vector) };
  expect(SCHEMES['standard-webhooks'].findFault(headers.raw, { secrets: [secret], now })).toBeUndefined();
  const later = new Date(now.getTime() + 301_000);
  expect(SCHEMES['standard-webhooks'].findFault(headers.raw, { secrets: [secret], now: later })).toBe('stale');
});

describe("Stripe's form", () => {
  const secret = 'whsec_stripe';
  const at = new Date(1_700_000_000_000);
  const body = '{"id":"evt_1","type":"ping"}';
  const right = SCHEMES.stripe.sign(body, secret, { id: '', event: '', at })['stripe-signature']!;
  const [time, mac] = right.split(',') as [string, string];
  const judged = (header: string, now = at) => fault('stripe', body, { 'stripe-signature': header }, { secret, now });

  it.each([
    ['as it is made', right],
    [
      'with the test signature of Stripe beside it',
      `${right},v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39`,
    ],
    ['with another secret’s before it, as in a rotation', `${time},v1=${'0'.repeat(64)},${mac}`],
    ['with blanks', `${time}, ${mac}`],
  ])('is taken %s', (_what, header) => expect(judged(header)).toBeUndefined());

  it.each([
    ['without a time', mac],
    ['without a signature', time],
    ['with the test signature alone', `${time},v0=${mac.slice(3)}`],
    ['with two times', `${time},t=1,${mac}`],
    ['with a time that is none', `t=now,${mac}`],
    ['empty', ''],
  ])('is malformed %s', (_what, header) => expect(judged(header)).toBe('malformed'));

  it('has five minutes either way', () => {
    for (const [seconds, expected] of [
      [300, undefined],
      [-300, undefined],
      [301, 'stale'],
      [-301, 'stale'],
    ] as const)
      expect(judged(right, new Date(at.getTime() + seconds * 1000))).toBe(expected);
    expect(judged(`t=1,${mac}`)).toBe('wrong');
  });
});
