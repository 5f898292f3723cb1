import fs from 'node:fs';
import { stopTestServers } from '../../scripts/lib/test-servers.mjs';

export default async function globalTeardown() {
  const run = globalThis.__testRun;
  if (!run) return;
  await stopTestServers(run.servers);
  await run.databases?.close();
  run.databases = undefined;
  // TEST_KEEP=1 leaves the servers' logs for reading.
  if (process.env.TEST_KEEP) console.log(`Kept: ${run.folder}`);
  else fs.rmSync(run.folder, { recursive: true, force: true });
}
