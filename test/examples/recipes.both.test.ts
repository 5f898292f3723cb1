import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { ChildProcess } from 'node:child_process';
import { spawnWorker, testServer } from '../harness/app';
import { startExtraServer, type ExtraServer } from '../frame/support/extra-server';

const FOLDER = path.resolve(__dirname, '../../examples/recipes');

/** The sample app as its README starts it: the server with the app's schema and cloud code, the SDK in a process of its own. */
describe('the recipes app', () => {
  let server: ExtraServer;
  let worker: ChildProcess | undefined;
  const outcomes = new Map<string, unknown>();

  beforeAll(async () => {
    server = await startExtraServer({
      HOST_SCHEMA: path.join(FOLDER, 'schema.json'),
      HOST_CLOUD_CODE: path.join(FOLDER, 'cloud/main.js'),
      ENABLE_ANONYMOUS_USERS: 'on',
      // A queue of its own: the run's own worker must not take its jobs.
      REDIS_QUEUE_DB: '14',
    });
    // It sends the mails.
    worker = spawnWorker(testServer(), server.env);
    const { PATH, PARSE_MASTER_KEY, ADMIN_EMAIL, ADMIN_PASSWORD } = server.env;
    const env = { PATH, PARSE_MASTER_KEY, ADMIN_EMAIL, ADMIN_PASSWORD, SERVER_URL: server.url };
    const walk = [path.join(FOLDER, 'client/walk.cjs')];
    const { stdout } = await promisify(execFile)(process.execPath, walk, { env, timeout: 90_000 });
    for (const line of stdout.trim().split('\n')) {
      const { step, result } = JSON.parse(line) as { step: string; result: unknown };
      outcomes.set(step, result);
    }
  }, 180_000);

  afterAll(async () => {
    worker?.kill('SIGKILL');
    await server?.stop();
  });

  test.each<[string, unknown]>([
    ['an anonymous draft', { title: 'Plum dumplings', slug: 'plum-dumplings', published: false }],
    ['the guest is a member', { isSame: true, nickname: 'Ann' }],
    ['her draft is still hers', 'Plum dumplings'],
    ['the photo', { status: 200, type: 'image/png', isWhole: true }],
    ['a draft is hidden from others', { code: 101, message: 'Object not found.' }],
    ['Ben heard of it', ['Plum dumplings']],
    ['her own rating', { code: 119, message: 'Nobody rates a recipe of his own.' }],
    ['a second rating', { code: 137, message: 'You have rated this recipe.' }],
    ['six stars', { code: 142, message: 'stars: a whole number from 1 to 5.' }],
    ['the stars', { stars: 5, ratings: 1 }],
    ['a stranger changes it', { code: 101, message: 'Object not found.' }],
    ['a reader features it', { code: 101, message: 'Object not found.' }],
    ['an event', 'stored'],
    ['the editions', [true, 'Sweet kitchen']],
    ['a purchase', { edition: 'Sweet kitchen', total: 12.5, currency: 'USD' }],
    ['the same once more', { edition: 'Sweet kitchen', total: 12.5, currency: 'USD' }],
    ['the kitchen’s notes, for Ben', 0],
    ['the day’s revenue', 12.5],
    ['an editor features it', true],
    ['the app keeps the stars', { code: 119, message: '"stars" is kept by the app.' }],
    ['everybody sees the best', [{ id: expect.any(String), title: 'Plum dumplings', stars: 5 }]],
    ['the old password', { code: 101, message: 'Invalid username/password.' }],
    ['the new password', 'Ann'],
  ])('%s', (step, result) => {
    expect(outcomes.get(step)).toEqual(result);
  });

  test('stored the event for its writer and the purchase once', async () => {
    const headers = {
      'X-Parse-Application-Id': server.env['PARSE_APP_ID'] ?? 'appbackend',
      'X-Parse-Master-Key': server.env['PARSE_MASTER_KEY']!,
    };
    const rows = async (className: string) =>
      (await server.api('GET', `/parse/classes/${className}?include=user`, { headers })).body.results;
    expect(await rows('Event')).toMatchObject([{ event_type: 'recipe_viewed', user: { username: 'ben@example.com' } }]);
    expect(await rows('Purchase')).toMatchObject([{ total: 12.5, currency: 'USD', channel: 'app' }]);
  });
});
