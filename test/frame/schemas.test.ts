import { Client } from 'pg';
import { testServer } from '../harness/app';

/** Both processes have booted by now: the worker finds the schema `app`, the first web process did not. */
it('keeps the classes of Parse in one schema, whatever the role of the database is called', async () => {
  const client = new Client({ connectionString: testServer().databaseUri });
  await client.connect();
  try {
    const { rows } = await client.query<{ schemaname: string }>(
      `select distinct schemaname from pg_tables where tablename in ('_User', '_Role', '_Session', '_SCHEMA', 'Tenant')`,
    );
    expect(rows).toEqual([{ schemaname: 'public' }]);
  } finally {
    await client.end();
  }
});
