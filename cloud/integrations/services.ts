import { config } from '../../core/config';
import { circuitOf } from '../../core/http.configured';
import type { CheckedService } from './check';
import type { ServiceName } from './integrations.contract';
import { checkParse, configuredParse, keyedService } from './outside';
import { checkOwnParse, ownDatabase, ownQueue, ownRedis, ownWebhooks } from './own';

/** Another Parse Server where one is named, else this one. */
const parse: CheckedService = {
  isConfigured: () => true,
  circuit: (nowMs) => {
    const target = configuredParse();
    return target ? circuitOf(target, nowMs) : 'closed';
  },
  check: (signal) => {
    const target = configuredParse();
    return target ? checkParse(target, signal) : checkOwnParse();
  },
};

/** A new one is a line here and its name in the contract. */
export const CHECKED: Readonly<Record<ServiceName, CheckedService>> = {
  notify: keyedService(() => config().integrations.notify),
  automator: keyedService(() => config().integrations.automator),
  parse,
  webhooks: ownWebhooks,
  database: ownDatabase,
  queue: ownQueue,
  redis: ownRedis,
};
