// PostgreSQL alone: the stand-in for MongoDB has no transactions.
import { database, inTransaction } from '../../core/database/database';
import { eventRows } from '../../core/events/event.store';
import { recordEvents } from '../../core/events/record';
import { listen, newEvent, openEvents, uniqueConsumer, workUntil } from './support/store';

let close: () => Promise<void>;
beforeAll(async () => {
  close = await openEvents();
});
afterAll(() => close());

const transaction = <T>(work: Parameters<typeof inTransaction<T>>[1]): Promise<T> => {
  const db = database();
  if (db.kind !== 'postgres') throw new Error('PostgreSQL only.');
  return inTransaction(db.pool, work);
};

test('a transaction that is rolled back records none, and its key is free again', async () => {
  const event = newEvent(1);
  await expect(
    transaction(async (client) => {
      await recordEvents([event], { client });
      throw new Error('On second thought.');
    }),
  ).rejects.toThrow('On second thought.');
  expect(await eventRows.count({ key: event.key })).toBe(0);
  const [recorded] = await recordEvents([event]);
  expect(recorded!.payload).toEqual({ n: 1 });
});

test('what a transaction records reaches its consumers after the commit, and not before', async () => {
  const name = uniqueConsumer();
  const seen: string[] = [];
  await listen({ name, types: ['*'], handler: async (_ctx, { id }) => void seen.push(id) });
  const event = newEvent(1);
  const id = await transaction(async (client) => {
    const [recorded] = await recordEvents([event], { client });
    await workUntil(name, {});
    expect(seen).toEqual([]);
    return recorded!.id;
  });
  await workUntil(name, { done: 1 });
  expect(seen).toEqual([id]);
});
