import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import { addressBucket } from './auth/client-address';
import { nameKey } from './auth/names';
import { config } from './config';
import { AppError } from './errors';
import { log } from './log';

/** Where a caller stands in one bucket. */
export interface LimitState {
  /** Name of the bucket's policy: user, tenant, ip, sign-in, login, login-account, refresh, mail or mail-address. */
  policy: string;
  limit: number;
  windowSeconds: number;
  remaining: number;
  resetSeconds: number;
}

interface Bucket {
  policy: string;
  limit: number;
  windowSeconds: number;
  limiter: RateLimiterAbstract;
}

/** What a RATE_LIMITED error tells. */
interface RefusalDetails {
  policy: string;
  limit: number;
  window_seconds: number;
}

const MINUTE_SECONDS = 60;
const LOGIN_WINDOW_SECONDS = 15 * 60;
/** Tries for one account from one address, and for one account from anywhere, a window. */
const LOGIN_PER_PAIR = 10;
const LOGIN_PER_ACCOUNT = 50;
/** Mails asked for to one address, by one caller and by all together. */
const MAILS_PER_PAIR = 5;
const MAILS_PER_ADDRESS = 10;
const MAIL_ADDRESS_WINDOW_SECONDS = 3600;
/** What the numbers above are meant for; whoever raises RATE_LIMIT_MAX raises them alike. */
const USUAL_ANONYMOUS_MAX = 100;
/** How long a request waits for Redis, and after how long without an answer nobody does. */
const REDIS_TIMEOUT_MS = 250;
const REDIS_GONE_MS = 1000;

type BucketName = 'user' | 'ip' | 'signIn' | 'pair' | 'account' | 'family' | 'mail' | 'mailbox';

let buckets: Record<BucketName, Bucket> | undefined;
/** By their limit: tenants with the same one share a limiter, each under its own key. */
const tenantBuckets = new Map<number, Bucket>();
let redis: Redis | undefined;

/** One request of a signed-in person; a batch costs its sub-requests. @throws AppError RATE_LIMITED */
export function chargeUser(userId: string, cost = 1): Promise<LimitState> {
  return charge(allBuckets().user, userId, cost);
}

/** One request of somebody in a tenant that has a limit, beside the person's own. @throws AppError RATE_LIMITED */
export function chargeTenant(tenantId: string, perMinute: number, cost = 1): Promise<LimitState> {
  allBuckets();
  let shared = tenantBuckets.get(perMinute);
  if (!shared) tenantBuckets.set(perMinute, (shared = bucket('tenant', perMinute, MINUTE_SECONDS)));
  return charge(shared, tenantId, cost);
}

/** One request without (valid) credentials, by address; IPv6 by its /64. @throws AppError RATE_LIMITED */
export function chargeIp(ip: string, cost = 1): Promise<LimitState> {
  return charge(allBuckets().ip, addressBucket(ip), cost);
}

/** Where people sign in: an app's and Parse Dashboard's doors count apart. */
export type SignInDoor = 'app' | 'dashboard';

/**
 * One try to sign in, by address. Apart from its other requests: whoever uses those up keeps nobody behind the same
 * address from signing in. @throws AppError RATE_LIMITED
 */
export function chargeSignIn(ip: string, door: SignInDoor): Promise<LimitState> {
  return charge(allBuckets().signIn, signInKey(ip, door), 1);
}

/** A success takes the try back: a whole company may sign in behind one address. Never fails the caller. */
export async function forgiveSignIn(ip: string, door: SignInDoor): Promise<void> {
  await allBuckets()
    .signIn.limiter.reward(signInKey(ip, door), 1)
    .catch((error: unknown) => log().warn({ err: error }, 'A try to sign in could not be taken back.'));
}

const signInKey = (ip: string, door: SignInDoor): string => `${door}|${addressBucket(ip)}`;

/** One file read without credentials, by address: as many as a signed-in user's requests. @throws AppError RATE_LIMITED */
export function chargeDownload(ip: string): Promise<LimitState> {
  return charge(allBuckets().user, `files|${addressBucket(ip)}`, 1);
}

/**
 * One try to log in. The account's own bucket stops guessing from many addresses, the pair's
 * keeps one address from locking everybody else out. @throws AppError RATE_LIMITED
 */
export async function chargeAccount(ip: string, accountName: string): Promise<LimitState> {
  const { pair, account } = allBuckets();
  const name = accountKey(accountName);
  const state = await charge(pair, `${addressBucket(ip)}|${name}`, 1);
  await charge(account, name, 1);
  return state;
}

/** A right password takes the try back: only failures count. Never fails a login. */
export async function forgiveAccount(ip: string, accountName: string): Promise<void> {
  const { pair, account } = allBuckets();
  const name = accountKey(accountName);
  await Promise.all([pair.limiter.reward(`${addressBucket(ip)}|${name}`, 1), account.limiter.reward(name, 1)]).catch(
    (error: unknown) => log().warn({ err: error }, 'A login try could not be taken back.'),
  );
}

/** As if nobody had tried: who holds the account has proved it otherwise. Never fails the caller. */
export async function forgetTries(ip: string, accountName: string): Promise<void> {
  const { pair, account } = allBuckets();
  const name = accountKey(accountName);
  await Promise.all([pair.limiter.delete(`${addressBucket(ip)}|${name}`), account.limiter.delete(name)]).catch(
    (error: unknown) => log().warn({ err: error }, 'Login tries could not be forgotten.'),
  );
}

/**
 * One mail that somebody asks to be sent to an address, whether anybody has it or not: nobody's mailbox is
 * filled through us. @param ip empty where the server itself asks @throws AppError RATE_LIMITED
 */
export async function chargeMail(ip: string, address: string): Promise<void> {
  const { mail, mailbox } = allBuckets();
  const key = accountKey(address);
  if (ip) await charge(mail, `${addressBucket(ip)}|${key}`, 1);
  await charge(mailbox, key, 1);
}

/** One refresh of one family of refresh tokens; nobody else's requests count here. @throws AppError RATE_LIMITED */
export function chargeFamily(family: string): Promise<LimitState> {
  return charge(allBuckets().family, family, 1);
}

/**
 * RateLimit fields of draft-ietf-httpapi-ratelimit-headers-11, and the older X- names. Retry-After
 * belongs to the refusal alone and travels with its error.
 */
export function limitHeaders(state: LimitState): Record<string, string> {
  return {
    'RateLimit-Policy': `"${state.policy}";q=${state.limit};w=${state.windowSeconds}`,
    RateLimit: `"${state.policy}";r=${state.remaining};t=${state.resetSeconds}`,
    'X-RateLimit-Limit': String(state.limit),
    'X-RateLimit-Remaining': String(state.remaining),
    'X-RateLimit-Reset': String(state.resetSeconds),
  };
}

/** The same fields for a refusal by a limit; none for other errors. */
export function refusalHeaders(error: AppError): Record<string, string> {
  if (error.code !== 'RATE_LIMITED') return {};
  const { policy, limit, window_seconds: windowSeconds } = error.details as unknown as RefusalDetails;
  return limitHeaders({ policy, limit, windowSeconds, remaining: 0, resetSeconds: error.retryAfterSeconds ?? 1 });
}

async function charge(bucket: Bucket, key: string, cost: number): Promise<LimitState> {
  const points = Math.max(1, Math.ceil(cost));
  try {
    return stateOf(bucket, await bucket.limiter.consume(key, points));
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    const { resetSeconds } = stateOf(bucket, error);
    throw new AppError('RATE_LIMITED', `Too many requests; try again in ${resetSeconds} s.`, {
      retryAfterSeconds: resetSeconds,
      details: {
        policy: bucket.policy,
        limit: bucket.limit,
        window_seconds: bucket.windowSeconds,
      } satisfies RefusalDetails,
    });
  }
}

function stateOf(bucket: Bucket, result: RateLimiterRes): LimitState {
  return {
    policy: bucket.policy,
    limit: bucket.limit,
    windowSeconds: bucket.windowSeconds,
    remaining: Math.max(0, result.remainingPoints),
    resetSeconds: Math.max(1, Math.ceil(result.msBeforeNext / 1000)),
  };
}

function allBuckets(): NonNullable<typeof buckets> {
  if (buckets) return buckets;
  const { limits } = config();
  const anonymousSeconds = Math.max(1, Math.round(limits.anonymousWindowMs / 1000));
  const scale = Math.max(1, limits.anonymousMax / USUAL_ANONYMOUS_MAX);
  redis = openRedis();
  buckets = {
    user: bucket('user', limits.userPerMinute, MINUTE_SECONDS),
    ip: bucket('ip', limits.anonymousMax, anonymousSeconds),
    signIn: bucket('sign-in', limits.anonymousMax, anonymousSeconds),
    // Without Redis each process counts alone: half the tries, so that several do not add up.
    pair: bucket('login', Math.round(LOGIN_PER_PAIR * scale), LOGIN_WINDOW_SECONDS, 0.5),
    account: bucket('login-account', Math.round(LOGIN_PER_ACCOUNT * scale), LOGIN_WINDOW_SECONDS, 0.5),
    family: bucket('refresh', limits.userPerMinute, MINUTE_SECONDS),
    mail: bucket('mail', Math.round(MAILS_PER_PAIR * scale), LOGIN_WINDOW_SECONDS, 0.5),
    mailbox: bucket('mail-address', Math.round(MAILS_PER_ADDRESS * scale), MAIL_ADDRESS_WINDOW_SECONDS, 0.5),
  };
  return buckets;
}

/** @param insuredShare part of the limit that a process allows by itself while Redis is away */
function bucket(policy: string, limit: number, windowSeconds: number, insuredShare = 1): Bucket {
  const options = { keyPrefix: `limit:${policy}`, points: limit, duration: windowSeconds };
  const limiter = redis
    ? new RateLimiterRedis({
        ...options,
        storeClient: redis,
        rejectIfRedisNotReady: true,
        // A caller far above the limit costs no round trip.
        inMemoryBlockOnConsumed: limit + 1,
        insuranceLimiter: new RateLimiterMemory({ ...options, points: Math.max(1, Math.floor(limit * insuredShare)) }),
      })
    : new RateLimiterMemory(options);
  return { policy, limit, windowSeconds, limiter };
}

function openRedis(): Redis | undefined {
  const url = config().redis?.cacheUrl;
  if (!url) return undefined;
  const client = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: REDIS_TIMEOUT_MS,
    // A Redis that hangs is as good as gone: the first who wait for it spare all others the wait.
    socketTimeout: REDIS_GONE_MS,
    connectTimeout: 2000,
  });
  let isDown = false;
  client.on('error', (error) => {
    if (!isDown) log().warn({ err: error }, 'Redis is away; limits are counted in this process.');
    isDown = true;
  });
  client.on('ready', () => {
    isDown = false;
  });
  return client;
}

/** Account names are personal: only a digest of them is kept. */
function accountKey(name: string): string {
  return createHash('sha256').update(nameKey(name)).digest('base64url').slice(0, 22);
}
