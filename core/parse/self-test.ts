import Parse from 'parse/node';
import { AppError } from '../errors';
import { config } from '../config';

/**
 * What breaks without a sound when a dependency below Parse Server changes (router, graphql):
 * an in-process call, a batch, a GraphQL query. Run at each start of the web process.
 * @throws AppError SERVICE_UNAVAILABLE naming the broken part
 * @param origin where this process answers
 */
export async function selfTest(origin: string): Promise<void> {
  await check('in-process call', async () => {
    await Parse.Cloud.run('getHealth');
  });
  await check('batch', async () => {
    const rows = [1, 2].map(() => new Parse.Object('SelfTest', { note: 'start' }));
    // The master key: the class is closed to everybody, it only proves that writing works.
    await Parse.Object.saveAll(rows, { useMasterKey: true });
    await Parse.Object.destroyAll(rows, { useMasterKey: true });
  });
  await check('GraphQL', async () => {
    const answer = await fetch(`${origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-parse-application-id': config().parseAppId },
      body: JSON.stringify({ query: 'query { health }' }),
    });
    const { data } = (await answer.json()) as { data?: { health?: boolean } };
    if (data?.health !== true) throw new Error(`answered ${answer.status}`);
  });
}

async function check(name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new AppError(
      'SERVICE_UNAVAILABLE',
      `The start-up self-test failed at: ${name}. Run npm ci; the lockfile pins what Parse Server needs.`,
      {
        cause: error,
      },
    );
  }
}
