import { randomInt } from 'node:crypto';
import { buildPerson } from '../factories/people';
import { waitFor } from '../harness/app';
import { startOwnRedis, type OwnRedis } from '../jobs/support/redis-server';
import { startExtraServer, type ExtraServer } from './support/extra-server';

/** Redis alone: without one, limits are always counted in the process. */

const USER_MAX = 25;
/** Wrong passwords for one account from one address: with Redis, and of each process without. */
const [LOGINS, LOGINS_WITHOUT] = [10, 5];

let redis: OwnRedis;
let server: ExtraServer;

beforeAll(async () => {
  redis = await startOwnRedis();
  server = await startExtraServer({
    REDIS_URL: redis.url,
    RATE_LIMIT_MAX: '100',
    RATE_LIMIT_USER_MAX: String(USER_MAX),
    TRUST_PROXY: '1',
  });
});
afterAll(async () => {
  redis.thaw();
  await server.stop();
  await redis.stop();
});

const fromSomewhere = () => ({ 'X-Forwarded-For': `198.18.${randomInt(256)}.${randomInt(1, 255)}` });

interface Tokens {
  access_token: string;
  refresh_token: string;
}

async function register(): Promise<Tokens> {
  const body = buildPerson();
  const made = await server.api('POST', '/api/auth/register', { body, headers: fromSomewhere() });
  expect(made.status).toBe(201);
  return made.body;
}

/** How many wrong passwords in a row one address may try for an account that nobody tried before. */
async function countLoginTries(): Promise<number> {
  const [headers, body] = [fromSomewhere(), buildPerson({ password: 'Wrong-horse-42' })];
  for (let tries = 0; tries <= LOGINS; tries += 1) {
    const { status } = await server.api('POST', '/api/auth/login', { headers, body });
    if (status === 429) return tries;
    expect(status).toBe(401);
  }
  return Infinity;
}

async function statusesOf({ access_token: token }: Tokens, count: number): Promise<number[]> {
  const answers = [];
  for (let n = 0; n < count; n += 1) answers.push(await server.api('GET', '/api/users/me', { token }));
  return answers.map(({ status }) => status);
}

const OUTAGES: [string, () => unknown, () => unknown][] = [
  ['is killed', () => redis.crash(), () => redis.restart()],
  ['hangs', () => redis.freeze(), () => redis.thaw()],
];

describe.each(OUTAGES)('while Redis %s', (_what, begin, end) => {
  let person: Tokens;

  beforeAll(async () => {
    person = await register();
    await waitFor(async () => (await countLoginTries()) === LOGINS);
    await begin();
  });
  afterAll(() => end());

  it('logging in stays limited, more tightly', async () => {
    expect(await countLoginTries()).toBe(LOGINS_WITHOUT);
  });

  it('people are served, each up to the limit, counted here', async () => {
    const expected = [...new Array<number>(USER_MAX).fill(200), 429];
    expect(await statusesOf(person, USER_MAX + 1)).toEqual(expected);
  });

  it('accounts are made, and many refreshes of one token at once are answered alike', async () => {
    const body = { refresh_token: (await register()).refresh_token };
    const racers = Array.from({ length: USER_MAX }, () => server.api('POST', '/api/auth/refresh', { body }));
    const answers = await Promise.all(racers);
    expect(answers.map(({ status }) => status)).toEqual(new Array<number>(USER_MAX).fill(200));
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
  });
});

it('when Redis is back, it counts again', async () => {
  await waitFor(async () => (await countLoginTries()) === LOGINS);
});
