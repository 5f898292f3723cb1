import { createHmac, generateKeyPairSync } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { api, parseRest, testServer } from '../harness/app';
import { probe } from './support';
import { createPerson, type Person } from '../factories/people';

const secret = (): string => testServer().env['JWT_SECRET'] ?? '';
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const hs = (header: object, payload: unknown, key = secret(), digest = 'sha256'): string => {
  const text = `${encode(header)}.${encode(payload)}`;
  return `${text}.${createHmac(digest, key).update(text).digest('base64url')}`;
};
const HEADER = { alg: 'HS256', typ: 'JWT' };

/** Every one differs from a good token in one thing. */
function forgeries(person: Person): [string, string][] {
  const good = jwt.decode(person.token) as Record<string, unknown>;
  const now = Math.floor(Date.now() / 1000);
  const [head = '', body = '', signature = ''] = person.token.split('.');
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const without = (claim: string) => Object.fromEntries(Object.entries(good).filter(([name]) => name !== claim));
  const unsigned = (alg: string) => `${encode({ alg, typ: 'JWT' })}.${body}.`;
  return [
    ['alg none', unsigned('none')],
    ['alg None', unsigned('None')],
    ['alg NONE', unsigned('NONE')],
    ['alg nOnE', unsigned('nOnE')],
    ['no alg', `${encode({ typ: 'JWT' })}.${body}.${signature}`],
    ['none with the old signature', `${encode({ alg: 'none' })}.${body}.${signature}`],
    ['no signature', `${head}.${body}.`],
    ['two parts', `${head}.${body}`],
    ['four parts', `${person.token}.x`],
    ['cut signature', person.token.slice(0, -4)],
    ['flipped signature', `${head}.${body}.${[...signature].reverse().join('')}`],
    ['HS384', hs({ alg: 'HS384' }, good, secret(), 'sha384')],
    ['HS512', hs({ alg: 'HS512' }, good, secret(), 'sha512')],
    ['RS256', jwt.sign(good, rsa.privateKey, { algorithm: 'RS256' })],
    ['HS256 with a public key', hs(HEADER, good, rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString())],
    ['RS256 header, HMAC signature', hs({ alg: 'RS256' }, good)],
    ['empty key', hs(HEADER, good, '')],
    ['another key', hs(HEADER, good, 'x'.repeat(40))],
    ['kid path, empty key', hs({ ...HEADER, kid: '../../../../dev/null' }, good, '')],
    ['kid injection', hs({ ...HEADER, kid: "x' union select 'k" }, good, 'k')],
    ['jku', hs({ ...HEADER, jku: 'https://example.com/jwks.json' }, good, 'k')],
    ['own jwk', hs({ ...HEADER, jwk: { kty: 'oct', k: 'aw' } }, good, 'k')],
    ['x5u', hs({ ...HEADER, x5u: 'https://example.com/x' }, good, 'k')],
    ['other audience', hs(HEADER, { ...good, aud: 'other' })],
    ['no audience', hs(HEADER, without('aud'))],
    ['other issuer', hs(HEADER, { ...good, iss: 'other' })],
    ['no issuer', hs(HEADER, without('iss'))],
    ['expired', hs(HEADER, { ...good, exp: now - 120 })],
    ['no expiry', hs(HEADER, without('exp'))],
    ['expiry as text', hs(HEADER, { ...good, exp: '9999999999' })],
    ['not yet valid', hs(HEADER, { ...good, nbf: now + 3600 })],
    ['no subject', hs(HEADER, without('sub'))],
    ['subject an object', hs(HEADER, { ...good, sub: { $ne: '' } })],
    ['another subject', hs(HEADER, { ...good, sub: 'somebody01' })],
    ['no session', hs(HEADER, without('sid'))],
    ['another session', hs(HEADER, { ...good, sid: 'nosession1' })],
    ['session an array', hs(HEADER, { ...good, sid: ['a'] })],
    ['session SQL', hs(HEADER, { ...good, sid: "' or 1=1 --" })],
    ['no id', hs(HEADER, without('jti'))],
    ['payload an array', hs(HEADER, [good])],
    ['payload a text', hs(HEADER, 'text')],
    ['payload null', hs(HEADER, null)],
    ['payload no JSON', `${head}.${Buffer.from('{').toString('base64url')}.${signature}`],
    ['huge', hs(HEADER, { ...good, pad: 'x'.repeat(6000) })],
    ['a session token', person.sessionToken],
    ['a refresh token', person.refreshToken],
    ['dots', '..'],
  ];
}

test('no forged token opens a door, and the good one does', async () => {
  const person = await createPerson();
  const list = forgeries(person);
  expect(list.length).toBeGreaterThanOrEqual(40);
  for (const [what, token] of list) {
    expect([what, await probe(token)]).toEqual([what, 401]);
    const parse = await parseRest('GET', `/users/${person.id}`, { token });
    expect([what, parse.status]).toEqual([what, 400]);
  }
  expect(await probe(person.token)).toBe(200);
});

test.each(['r:0', `r:${'0'.repeat(32)}`, `r:${'0'.repeat(31)}'`, 'x'.repeat(5000), '{"$ne":null}'])(
  'no made-up session token opens one: %s',
  async (sessionToken) => {
    const headers = { 'X-Parse-Session-Token': sessionToken };
    expect((await api('GET', '/api/users/me', { headers })).status).toBe(401);
  },
);
