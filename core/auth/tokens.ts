import { createHash, createHmac, createSecretKey, randomBytes, randomUUID, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import { config } from '../config';
import { AppError } from '../errors';
import { derivedKey } from '../secrets';

const ISSUER = 'appbackend';
const LEEWAY_SECONDS = 30;
const MAX_TOKEN_LENGTH = 2048;
const JWT_FORM = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const ID_FORM = /^[\w-]{1,64}$/;

/** What a verified access token says; whether its session still lives is not known here. */
export interface AccessClaims {
  userId: string;
  sessionId: string;
  tokenId: string;
  expiresAtSeconds: number;
}

/** Everything that follows from a spent refresh token: the same token always has the same successor. */
export interface Successor {
  refreshToken: string;
  refreshId: string;
  sessionToken: string;
  sessionId: string;
  tokenId: string;
}

/** A string secret would be parsed again at every call, fifty times the cost of the check itself. */
let keys: { secret: string; access: KeyObject; refresh: Buffer } | undefined;
const verified = new LRUCache<string, AccessClaims>({ max: 10_000 });

function keyRing(): NonNullable<typeof keys> {
  const secret = config().jwtSecret;
  if (keys?.secret !== secret) {
    keys = { secret, access: createSecretKey(Buffer.from(secret)), refresh: derivedKey(secret, 'refresh-token') };
    verified.clear();
  }
  return keys;
}

/** A JWT for one session; ends with it. */
export function signAccessToken(input: {
  userId: string;
  sessionId: string;
  tokenId?: string;
  issuedAt: Date;
}): string {
  const issuedAt = Math.floor(input.issuedAt.getTime() / 1000);
  return jwt.sign(
    {
      sub: input.userId,
      sid: input.sessionId,
      jti: input.tokenId ?? randomUUID(),
      iat: issuedAt,
      exp: issuedAt + config().accessTokenSeconds,
    },
    keyRing().access,
    { algorithm: 'HS256', issuer: ISSUER, audience: config().parseAppId },
  );
}

/** @throws AppError UNAUTHORIZED for anything but a token of ours that has not ended */
export function verifyAccessToken(token: string, now: Date): AccessClaims {
  const nowSeconds = Math.floor(now.getTime() / 1000);
  const { access } = keyRing();
  const known = verified.get(token);
  if (known && known.expiresAtSeconds > nowSeconds) return known;
  if (token.length > MAX_TOKEN_LENGTH || !JWT_FORM.test(token)) throw invalidToken();
  let payload: unknown;
  try {
    payload = jwt.verify(token, access, {
      algorithms: ['HS256'],
      issuer: ISSUER,
      audience: config().parseAppId,
      clockTolerance: LEEWAY_SECONDS,
      clockTimestamp: nowSeconds,
    });
  } catch (error) {
    throw invalidToken(error);
  }
  const claims = readClaims(payload);
  verified.set(token, claims);
  return claims;
}

function readClaims(payload: unknown): AccessClaims {
  if (typeof payload !== 'object' || payload === null) throw invalidToken();
  const { sub, sid, jti, exp } = payload as Record<string, unknown>;
  if (!isId(sub) || !isId(sid) || !isId(jti) || typeof exp !== 'number') throw invalidToken();
  return { userId: sub, sessionId: sid, tokenId: jti, expiresAtSeconds: exp };
}

const isId = (value: unknown): value is string => typeof value === 'string' && ID_FORM.test(value);

function invalidToken(cause?: unknown): AppError {
  return new AppError('UNAUTHORIZED', 'The access token is not valid.', cause === undefined ? {} : { cause });
}

/** 256 random bits; only {@link refreshTokenHash} of it is ever stored. */
export function newRefreshToken(): string {
  return randomBytes(32).toString('base64url');
}

export function refreshTokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/**
 * The tokens and ids that replace a spent refresh token. Derived, so that a client whose answer was
 * lost gets the same ones again, and parallel refreshes meet in one row, without storing a secret.
 */
export function successorOf(refreshToken: string): Successor {
  const derive = (purpose: string): Buffer =>
    createHmac('sha256', keyRing().refresh).update(`${purpose}:${refreshToken}`).digest();
  return {
    refreshToken: derive('token').toString('base64url'),
    refreshId: objectIdFrom(derive('row')),
    sessionToken: `r:${derive('session').toString('hex').slice(0, 32)}`,
    sessionId: objectIdFrom(derive('session-row')),
    tokenId: derive('jti').toString('hex').slice(0, 32),
  };
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Sixteen characters instead of Parse's ten: a derived id cannot be drawn again when it collides. */
function objectIdFrom(bytes: Buffer): string {
  return [...bytes.subarray(0, 16)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}
