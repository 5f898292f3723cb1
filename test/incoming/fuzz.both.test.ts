import { createHmac } from 'node:crypto';
import { seededRandom, type Random } from '../events/support/random';
import { volley, type Hit, type Shot } from '../fuzz/support/client';
import { rounds } from '../harness/depth';
import { bodyFor, newReceiver, SIGN, type Headers, type Receiver, type SchemeName } from './support/senders';

const NAMES = Object.keys(SIGN) as SchemeName[];
const ROUNDS = rounds(2_000, 150);
const SEED = 20_261;
/** What changes of a value are made of; some of it means something to a scheme. */
const PIECES = [
  '',
  ' ',
  ',',
  '=',
  '.',
  't=',
  'v1=',
  'v1,',
  'sha256=',
  '0',
  'A',
  'ff',
  '%00',
  '\u00e9',
  '\t',
  'e3',
  '-1',
  '9'.repeat(12),
];

let receiver: Receiver;
const sources = {} as Record<SchemeName, { id: string; secret: string }>;

beforeAll(async () => {
  receiver = await newReceiver();
  for (const scheme of NAMES)
    sources[scheme] = await receiver.source({ name: scheme.replace('standard-webhooks', 'standard'), scheme });
});

/** Cut, repeated, moved, or with something else in it. */
function changed(random: Random, value: string): string {
  const at = random.below(value.length + 1);
  const end = Math.min(value.length, at + 1 + random.below(4));
  const piece = random.of(PIECES);
  return random.of([
    () => value.slice(0, at),
    () => value.slice(at),
    () => value.slice(0, at) + piece + value.slice(at),
    () => value.slice(0, at) + piece + value.slice(end),
    () => value.slice(0, at) + value.slice(end),
    () => `${value}${random.of([',', ' ', ''])}${value}`,
    () => value.toUpperCase(),
    () => piece,
  ])();
}

function changedBytes(random: Random, bytes: Buffer): Buffer {
  if (!bytes.length) return Buffer.from('{}');
  const copy = Buffer.from(bytes);
  const at = random.below(copy.length);
  return random.of([
    () => (copy.writeUInt8(random.below(256), at), copy),
    () => copy.subarray(0, at),
    () => Buffer.concat([copy.subarray(0, at), Buffer.from([random.below(256)]), copy.subarray(at)]),
    () => Buffer.concat([copy, copy]),
    () => Buffer.alloc(0),
  ])();
}

function newShot(scheme: SchemeName, random: Random): Shot {
  const body = bodyFor(scheme);
  const { id, secret } = sources[scheme];
  const headers: Headers = SIGN[scheme](body, secret, { id: `fuzz_${random.below(1e9)}` });
  let bytes = Buffer.from(body);
  const names = Object.keys(headers);
  // Some stay as they are: the sender is heard meanwhile.
  for (let changes = random.below(4); changes > 0; changes -= 1) {
    const name = random.of(names);
    if (random.below(4) === 0) bytes = changedBytes(random, bytes) as typeof bytes;
    else if (random.below(10) === 0) delete headers[name];
    else if (headers[name] !== undefined) headers[name] = changed(random, headers[name]);
  }
  const sent = { 'content-type': 'application/json', ...headers };
  return { method: 'POST', path: `/api/integrations/webhook/${id}`, headers: sent, body: bytes, about: scheme };
}

/** Whether a signature in the request is by the secret over what was sent, however it is written. */
function isSigned(scheme: SchemeName, { headers = {}, body }: Shot): boolean {
  const value = (name: string): string =>
    Object.entries(headers)
      .find(([header]) => header.toLowerCase() === name)?.[1]
      .trim() ?? '';
  const { secret } = sources[scheme];
  const key = scheme === 'standard-webhooks' ? Buffer.from(secret.replace('whsec_', ''), 'base64') : secret;
  const given = Object.entries(headers)
    .map(([name, text]) => (/signature|hmac/i.test(name) ? text : ''))
    .join(' ');
  const times = [...given.matchAll(/t=(\d+)/g)].map(([, time]) => `${time}.`);
  const before =
    scheme === 'stripe'
      ? times
      : [scheme === 'standard-webhooks' ? `${value('webhook-id')}.${value('webhook-timestamp')}.` : ''];
  return before.some((prefix) => {
    const mac = createHmac('sha256', key)
      .update(prefix)
      .update(body as Buffer)
      .digest();
    return given.toLowerCase().includes(mac.toString('hex')) || given.includes(mac.toString('base64'));
  });
}

test.each(NAMES)(
  `${ROUNDS} requests that are almost signed as %s: never 5xx, never accepted without a signature`,
  async (scheme) => {
    const random = seededRandom(SEED + NAMES.indexOf(scheme));
    const counts = new Map<string, number>();
    const rows = new Set<string>();
    const judge = ({ shot, status, text }: Hit): string | undefined => {
      const isRight = isSigned(scheme, shot);
      const said = `${status} ${isRight ? 'signed' : 'not signed'}`;
      counts.set(said, (counts.get(said) ?? 0) + 1);
      if (status === 202) rows.add((JSON.parse(text) as { event_id: string }).event_id);
      if (status >= 500) return `${status} ${text.slice(0, 300)}`;
      // Signed, it may still be too old, or no JSON.
      return [202, 400, 401].includes(status) && (isRight || status === 401)
        ? undefined
        : `${said}: ${JSON.stringify(shot.headers)}`;
    };
    const before = (await receiver.call('GET', '/webhooks?limit=1')).body.total;
    expect(
      await volley(
        Array.from({ length: ROUNDS }, () => newShot(scheme, random)),
        judge,
      ),
    ).toEqual([]);
    expect(counts.get('202 signed')).toBeGreaterThan(ROUNDS / 20);
    expect(counts.get('401 not signed')).toBeGreaterThan(ROUNDS / 4);
    expect((await receiver.call('GET', '/webhooks?limit=1')).body.total).toBe(before + rows.size);
  },
);
