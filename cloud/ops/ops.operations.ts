import { defineOperation, Reply, type Operation } from '../../core/operation/operation';
import { listDeadLetters, replayDeadLetter, replayDeadLetters } from './dead-letters.service';
import { health, readiness, uptimeOfProcess } from './health.service';
import { metricsReport, prometheusText } from './metrics.service';
import * as contracts from './ops.contract';
import { queueStatus } from './queue-status.service';

const NO_STORE = { 'cache-control': 'no-store' };
const UNAVAILABLE = { ...NO_STORE, 'retry-after': '5' };
const PROMETHEUS = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', ...NO_STORE };

export const opsOperations: readonly Operation[] = [
  defineOperation(contracts.getHealth, async (ctx) => {
    const body = await health(ctx.clock.now());
    return body.status === 'healthy' ? new Reply(200, body, NO_STORE) : new Reply(503, body, UNAVAILABLE);
  }),
  defineOperation(contracts.getLiveness, () =>
    Promise.resolve(new Reply(200, { status: 'alive' as const, ...uptimeOfProcess() }, NO_STORE)),
  ),
  defineOperation(contracts.getReadiness, async () => {
    const status = await readiness();
    return status === 'ready' ? new Reply(200, { status }, NO_STORE) : new Reply(503, { status }, UNAVAILABLE);
  }),
  defineOperation(contracts.getMetrics, async (ctx) => {
    if (ctx.accept?.startsWith('text/plain')) return new Reply(200, await prometheusText(ctx.clock.now()), PROMETHEUS);
    return metricsReport(ctx.clock.now());
  }),
  defineOperation(contracts.getPrometheusMetrics, async (ctx) => {
    return new Reply(200, await prometheusText(ctx.clock.now()), PROMETHEUS);
  }),
  defineOperation(contracts.getQueueStatus, () => queueStatus()),
  defineOperation(contracts.listDeadLetters, (ctx, input) => listDeadLetters(ctx, input)),
  defineOperation(contracts.replayDeadLetter, (ctx, { id }) => replayDeadLetter(ctx, id)),
  defineOperation(contracts.replayDeadLetters, (ctx, input) => replayDeadLetters(ctx, input)),
];
