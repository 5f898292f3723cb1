// An embedded PostgreSQL of one test's own, which may be killed; its argument is the folder.
import pg from 'pg';
import { startPostgres } from '#launcher/postgres.mjs';

// Commits are in the system's memory before they are answered: a killed server has them again.
const flags = ['-c', 'fsync=off', '-c', 'full_page_writes=off'];
const server = await startPostgres({ dataDir: String(process.argv[2]), flags, log: () => {} });
let isEnding = false;
const end = async () => {
  if (isEnding) return;
  isEnding = true;
  await server.stop();
  process.exit(0);
};
process.on('disconnect', () => void end());
process.on('message', (message) => {
  if (message === 'stop') void end();
  if (message === 'crash') void crash();
});
const client = new pg.Client({ connectionString: server.uri('postgres') });
await client.connect();
await client.query('create database app');
await client.end();
process.send?.({ uri: server.uri('app') });

async function crash() {
  process.kill(server.pid, 'SIGKILL');
  while (server.isRunning()) await new Promise((resolve) => setTimeout(resolve, 10));
  await server.restart();
  process.send?.('back');
}
