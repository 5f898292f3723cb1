import '../core/config.parse-env';
import { setFlagsFromString } from 'node:v8';
import { FEATURES } from '../cloud/features';
import { registerCloud } from '../cloud/main';
import { recordDeadLetter } from '../cloud/ops/dead-letters.service';
import { config, ConfigError, type Config } from '../core/config';
import type { Database } from '../core/database/database';
import { openDatabase, closeDatabase } from '../core/database/open';
import { log } from '../core/log';
import { keepLines, logFolder } from '../core/log-file';
import { startLoops } from '../core/loop';
import { bootParse } from '../core/parse/boot';
import { markReady, onShutdown } from '../core/process';
import { setQueue } from '../core/queue';
import { openQueue } from '../core/queue/bullmq';
import { collectJobs } from '../core/queue/definitions';
import { ProviderLimits, type TokenStore } from '../core/queue/provider-limits';
import { scaleShares } from '../core/queue/shares';
import { syncSchedules } from './schedules';
import { startWorkers } from './workers';

// Imports make short-lived garbage by the gigabyte; by default the heap would grow with it by 230 MB instead of 50.
setFlagsFromString('--heap-growing-percent=50');

/** The worker process: no HTTP port, any number of them beside any number of web processes. */
async function main(): Promise<void> {
  const settings = config();
  keepLines(logFolder(settings.dataDir));
  // Pushed as each part comes up, so that a shutdown in the middle of booting closes what is open.
  const closing: (() => Promise<void>)[] = [];
  onShutdown(async () => {
    for (const close of closing.reverse()) {
      await close().catch((error: unknown) => log().error({ err: error }, 'A part did not close cleanly.'));
    }
  });

  const database = await openDatabase(settings.database, 'worker');
  closing.push(() => closeDatabase(database));
  const { parse, liveHub } = await bootParse({ features: FEATURES, role: 'worker', cloud: registerCloud });
  closing.push(() => liveHub.close());
  closing.push(() => closeParse(parse));
  // A host application's cloud code has named its consumers by now.
  const { queues, jobs, limits } = collectJobs(FEATURES);
  const queue = await openQueue(settings, queues);
  setQueue(queue.port);
  closing.push(() => queue.close());
  closing.push(startLoops(FEATURES, 'worker'));
  for (const feature of FEATURES) {
    const stop = await feature.start?.('worker');
    if (stop) closing.push(stop);
  }
  const providers = new ProviderLimits(limits, tokenStore(settings, database));
  closing.push(() => Promise.resolve(providers.close()));
  await syncSchedules(queue, jobs);
  const workers = await startWorkers({
    queue,
    definitions: jobs,
    deadLetters: recordDeadLetter,
    limits: providers,
    shares: scaleShares(queues, settings.workerConcurrency),
  });
  closing.push(() => workers.stop());
  markReady();
  log().info({ jobs: jobs.length }, 'The worker takes jobs.');
}

function tokenStore({ redis }: Config, database: Database): TokenStore {
  if (redis) return { kind: 'redis', url: redis.cacheUrl };
  if (database.kind === 'postgres') return { kind: 'postgres', pool: database.pool };
  throw new Error('Limits of providers need Redis beside MongoDB.');
}

/** Parse closes its own HTTP server, which a worker does not have, without asking whether it exists. */
async function closeParse(parse: { server: unknown; handleShutdown(): Promise<void> }): Promise<void> {
  parse.server ??= { close: (done?: () => void) => done?.() };
  await parse.handleShutdown();
}

main().catch((error: unknown) => {
  // Without a configuration there is no log either.
  if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
  else log().fatal({ err: error }, 'The worker could not start.');
  process.exit(1);
});
