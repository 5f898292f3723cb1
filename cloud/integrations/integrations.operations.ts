import { defineOperation, Reply, type Operation } from '../../core/operation/operation';
import * as contracts from './integrations.contract';
import { integrationStatus } from './status.service';
import { testIntegration } from './test.service';

const NO_STORE = { 'cache-control': 'no-store' };

export const integrationOperations: readonly Operation[] = [
  defineOperation(contracts.getIntegrationStatus, (ctx) =>
    Promise.resolve(new Reply(200, integrationStatus(ctx.clock.now()), NO_STORE)),
  ),
  defineOperation(contracts.testIntegration, (ctx, input) => testIntegration(ctx, input)),
];
