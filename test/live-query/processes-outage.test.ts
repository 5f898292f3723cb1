import { Client } from 'pg';
import { startExtraServer } from '../frame/support/extra-server';
import { testServer, waitFor } from '../harness/app';
import { connectLive } from '../harness/live-client';
import { newOwnClass, saveRow } from './support/own-class';

/** PostgreSQL's notifications alone: Redis is connected again by its own library. */
test('processes that lose the connection for live changes find each other again', async () => {
  const { databaseUri, dataDir } = testServer();
  const other = await startExtraServer({ DATABASE_URI: databaseUri, DATA_DIR: dataDir });
  const className = await newOwnClass();
  const client = await connectLive({ url: other.url });
  const { requestId } = await client.follow(className);
  await client.hears(requestId, 'create', await saveRow(className, {}));

  const database = new Client({ connectionString: databaseUri });
  await database.connect();
  const { rowCount } = await database.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where query like '%appbackend_live%' and pid <> pg_backend_pid()`,
  );
  await database.end();
  expect(rowCount).toBeGreaterThanOrEqual(2);
  const heard = client.events(requestId).length;
  // What is saved meanwhile is told to nobody there.
  await waitFor(async () => {
    await saveRow(className, {});
    return client.events(requestId).length > heard;
  });
  client.close();
  await other.stop();
});
