import '../core/config.parse-env';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { FEATURES } from '../cloud/features';
import { registerCloud } from '../cloud/main';
import { config, ConfigError } from '../core/config';
import { ownOrigin } from '../core/config.host';
import { closeDatabase, openDatabase } from '../core/database/open';
import { log } from '../core/log';
import { keepLines, logFolder } from '../core/log-file';
import { startLoops } from '../core/loop';
import { metrics } from '../core/metrics';
import { bootParse, type ParseInstance } from '../core/parse/boot';
import { followPolledClasses } from '../core/parse/live/polled-classes';
import { selfTest } from '../core/parse/self-test';
import { markReady, onShutdown } from '../core/process';
import { setQueue } from '../core/queue';
import { openQueue } from '../core/queue/bullmq';
import { collectJobs } from '../core/queue/definitions';
// The composition root of the web process: the one place where two doors meet.
import { mountDashboard } from '../dashboard/mount';
import { endEventStreams } from './answer-events';
import { createApp } from './app';
import { bannerLines } from './banner';
import { startLiveQuery } from './live/start';
import { answerWhileStarting } from './respond';

const HEADERS_TIMEOUT_MS = 20_000;
/** An upload of 100 MB over a slow line takes its time; headers do not. */
const REQUEST_TIMEOUT_MS = 600_000;
const KEEP_ALIVE_MS = 65_000;
/** Between "not ready" and closing, so that a load balancer's probes see it. */
const DRAIN_NOTICE_MS = 300;
const LAST_REQUESTS_MS = 200;

async function main(): Promise<void> {
  const settings = config();
  keepLines(logFolder(settings.dataDir));
  const server = http.createServer({
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
  // Before anything slow: a taken port is told at once, and Parse would exit with 0 for it.
  await listen(server, settings.port, settings.host);
  const { port } = server.address() as AddressInfo;
  server.on('connection', (socket) => {
    metrics.activeConnections.inc();
    socket.once('close', () => metrics.activeConnections.dec());
  });
  server.on('request', answerWhileStarting);

  const upgraded = new Set<Duplex>();
  server.on('upgrade', (_req, socket) => {
    upgraded.add(socket);
    // Until LiveQuery listens nobody else would, and a reset connection would end the process.
    socket.on('error', () => socket.destroy());
    socket.once('close', () => upgraded.delete(socket));
  });

  const stops: (() => Promise<void>)[] = [];
  onShutdown(async () => {
    for (const stop of stops.reverse())
      await stop().catch((error: unknown) => log().error({ err: error }, 'A part did not stop cleanly.'));
  });
  const database = await openDatabase(settings.database, 'web');
  stops.push(() => closeDatabase(database));
  // Refuses to boot when a job is defined twice or names an unknown queue.
  const { queues } = collectJobs(FEATURES);
  const queue = await openQueue(settings, queues);
  setQueue(queue.port);
  stops.push(() => queue.close());

  const { parse, liveHub } = await bootParse({ features: FEATURES, role: 'web', cloud: registerCloud });
  // With the consumers that a host application's cloud code has named.
  collectJobs(FEATURES);
  parse.server = server;
  const liveQuery = startLiveQuery(server, liveHub);
  parse.liveQueryServer = liveQuery;
  // After the last save, which others may follow.
  stops.push(() => liveHub.close());
  stops.push(() => stopServing(server, parse, upgraded));
  stops.push(followPolledClasses(liveQuery));
  const app = createApp(parse, [mountDashboard]);
  server.removeListener('request', answerWhileStarting);
  server.on('request', app);
  stops.push(startLoops(FEATURES, 'web'));
  for (const feature of FEATURES) {
    const stop = await feature.start?.('web');
    if (stop) stops.push(stop);
  }
  await selfTest(ownOrigin(settings.host, port));
  markReady({ port });
  for (const line of await bannerLines(port)) process.stdout.write(`${line}\n`);
}

function listen(server: http.Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

/** Not http's own: that cuts connections off whose first request is still on its way. */
const stopListening = (server: net.Server, done: () => void): unknown => net.Server.prototype.close.call(server, done);

/**
 * Readiness already says no, and every answer closes its connection. Then nobody new is let in;
 * who got in just before may still send his request; running ones finish; then Parse closes.
 */
async function stopServing(server: http.Server, parse: ParseInstance, upgraded: ReadonlySet<Duplex>): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, DRAIN_NOTICE_MS));
  endEventStreams();
  const closed = new Promise<void>((resolve) => stopListening(server, () => resolve()));
  await new Promise((resolve) => setTimeout(resolve, LAST_REQUESTS_MS));
  server.closeIdleConnections();
  // LiveQuery's sockets never end by themselves, and the server knows of them no more.
  for (const socket of upgraded) socket.end();
  const forced = setTimeout(() => {
    server.closeAllConnections();
    for (const socket of upgraded) socket.destroy();
  }, 10_000);
  await closed;
  clearTimeout(forced);
  // Parse closes the server too, LiveQuery's as well, and would report that it is closed already.
  parse.server = { close: (done?: () => void) => done?.() } as unknown as http.Server;
  Object.assign(parse.liveQueryServer!, { server: parse.server });
  await parse.handleShutdown();
}

main().catch((error: unknown) => {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
  else if (code === 'EADDRINUSE')
    process.stderr.write(`Port ${config().port} is taken. Stop what uses it, or set PORT to another one.\n`);
  else log().fatal({ err: error }, 'The web process could not start.');
  process.exit(1);
});
