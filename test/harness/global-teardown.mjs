import fs from 'node:fs';
import { collectErrors } from './errors.mjs';

export default async function globalTeardown() {
  const run = /** @type {{ __testRun?: import('./global-setup.mjs').TestRun }} */ (globalThis).__testRun;
  if (!run) return;
  // A failed test may leave a connection to the database: its end must not take the result along.
  process.on('uncaughtException', (error) => console.error(`After the tests: ${error.message}`));
  if (run.servers.length) {
    const { stopTestServers } = await import('./servers.mjs');
    await stopTestServers(run.servers);
  }
  await run.databases?.close();
  run.databases = undefined;
  // npm test shows them when the lane failed.
  if (process.env.TEST_ERRORS_FILE) fs.writeFileSync(process.env.TEST_ERRORS_FILE, collectErrors(run.folder));
  // TEST_KEEP=1 leaves the servers' logs for reading.
  if (process.env.TEST_KEEP) console.log(`Kept: ${run.folder}`);
  else fs.rmSync(run.folder, { recursive: true, force: true });
}
