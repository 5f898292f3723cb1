import { ADMIN } from '../harness/app';
import { startExtraServer } from './support/extra-server';

it('a PostgreSQL of one’s own is reached as its address says, whatever libpq’s variables the shell has set', async () => {
  const shell = {
    PGSSLMODE: 'require',
    PGOPTIONS: '-c default_transaction_read_only=on',
    PGPORT: '1',
    PGDATABASE: 'other',
    PGCONNECT_TIMEOUT: '1',
  };
  const server = await startExtraServer(shell);
  try {
    expect((await server.api('POST', '/api/auth/login', { body: ADMIN })).status).toBe(200);
    const told = server
      .output()
      .split('\n')
      .find((line) => line.includes('Variables of the environment'));
    expect((JSON.parse(told!) as { ignored: string[] }).ignored.sort()).toEqual(Object.keys(shell).sort());
  } finally {
    await server.stop();
  }
}, 90_000);
