import { MongoClient, MongoNetworkError, MongoNetworkTimeoutError, MongoServerError } from 'mongodb';
import { Pool } from 'pg';
import { toAppError } from '../../core/errors';
import { testServer } from '../harness/app';

/** What the drivers throw when a database is away is no fault of ours, and no mistake of the client's. */

/** The driver exports neither this class nor a way to meet it at will. */
class MongoPoolClearedError extends MongoNetworkError {
  override get name(): string {
    return 'MongoPoolClearedError';
  }
}

test.each([
  new MongoNetworkError('closed'),
  new MongoNetworkTimeoutError('timed out'),
  new MongoPoolClearedError('cleared'),
])('$name is a DATABASE_ERROR', (error) => {
  expect(toAppError(error).code).toBe('DATABASE_ERROR');
});

test('so is a bulk write that the driver gave up, and a server that steps down', async () => {
  const gone = new MongoClient('mongodb://127.0.0.1:1', { serverSelectionTimeoutMS: 50 });
  const rows = gone.db('none').collection('none');
  const error: unknown = await rows.bulkWrite([{ insertOne: { document: {} } }]).catch((cause: unknown) => cause);
  await gone.close();
  expect(toAppError(error).code).toBe('DATABASE_ERROR');
  const wrapped = Object.assign(new MongoServerError({ message: 'interrupted' }), { writeErrors: [] });
  Object.defineProperty(wrapped, 'name', { value: 'MongoBulkWriteError' });
  expect(toAppError(wrapped).code).toBe('DATABASE_ERROR');
  expect(toAppError(new MongoServerError({ message: 'NotWritablePrimary', code: 10107 })).code).toBe('DATABASE_ERROR');
});

test('a code of MongoDB is not taken for one of Parse Server', () => {
  // 112 is a write conflict there, an invalid file name here.
  expect(toAppError(new MongoServerError({ message: 'WriteConflict', code: 112 })).code).toBe('INTERNAL_ERROR');
});

describe('of PostgreSQL', () => {
  const connectionString = (): string => testServer().databaseUri;

  test('no free connection in time is a DATABASE_ERROR', async () => {
    const pool = new Pool({ connectionString: connectionString(), max: 1, connectionTimeoutMillis: 2000 });
    const held = await pool.connect();
    const error: unknown = await pool.query('select 1').catch((cause: unknown) => cause);
    held.release();
    await pool.end();
    expect(toAppError(error).code).toBe('DATABASE_ERROR');
  });

  test('so is a connection that breaks under a query', async () => {
    const pool = new Pool({ connectionString: connectionString(), max: 1 });
    pool.on('error', () => undefined);
    const client = await pool.connect();
    client.on('error', () => undefined);
    const pending = client.query('select pg_sleep(30)').catch((cause: unknown) => cause);
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    const error: unknown = await pending;
    client.release(true);
    await pool.end();
    expect(toAppError(error).code).toBe('DATABASE_ERROR');
  });
});
