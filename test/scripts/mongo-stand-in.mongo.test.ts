import { MongoClient } from 'mongodb';
import { uniqueName } from '../factories/ids';
import { testServer } from '../harness/app';

/** Large, so that it is being sent for long. */
const FIELDS = 2000;
const READS = 50;
const READERS = 4;

/** The stand-in, left to itself, closes the connection of whoever reads a document that is being changed. */
test('a document can be read while it changes', async () => {
  const client = await new MongoClient(testServer().databaseUri, { retryReads: false }).connect();
  const documents = client.db().collection<{ _id: string }>(uniqueName('changing'));
  const names = Array.from({ length: FIELDS }, (_none, n) => [`field${n}`, n] as const);
  await documents.insertOne({ _id: 'one', ...Object.fromEntries(names) });
  let isReading = true;
  const write = async (): Promise<void> => {
    for (let n = 0; isReading; n += 1) {
      await documents.updateOne({ _id: 'one' }, n % 2 ? { $unset: { more: '' } } : { $set: { more: 1 } });
    }
  };
  const read = async (): Promise<void> => {
    for (let n = 0; n < READS; n += 1) {
      const found = await documents.findOne({ _id: 'one' });
      expect(Object.keys(found!).length).toBeGreaterThan(FIELDS);
    }
  };
  const reading = Promise.all(Array.from({ length: READERS }, read)).finally(() => (isReading = false));
  try {
    await Promise.all([reading, write()]);
  } finally {
    await client.close();
  }
});
