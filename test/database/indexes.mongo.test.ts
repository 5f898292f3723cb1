import { withDatabase } from '../accounts/support';

const unused = async (): Promise<never> => {
  throw new Error('This is of MongoDB.');
};

/** Columns of each index of a class's collection. */
const indexesOf = (className: string): Promise<string[][]> =>
  withDatabase({
    postgres: unused,
    mongo: async (db) => {
      const indexes = await db.collection(className).indexes();
      return indexes.map(({ key }) => Object.keys(key));
    },
  });

it('are on the columns that rows have: times and pointers are stored under other names', async () => {
  expect(await indexesOf('WebhookDelivery')).toEqual(
    expect.arrayContaining([['_p_endpoint', '_created_at'], ['status', '_created_at'], ['_created_at']]),
  );
  expect(await indexesOf('IncomingWebhook')).toEqual(
    expect.arrayContaining([['_p_tenant', '_created_at'], ['status', '_updated_at'], ['_created_at']]),
  );
});
