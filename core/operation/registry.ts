import { config } from '../config';
import type { Feature } from '../feature';
import type { Operation } from './operation';

/** All operations of the features, in one order for routes and documents. @throws on duplicates */
export function collectOperations(features: readonly Feature[]): Operation[] {
  const operations = features.flatMap((feature) => feature.operations ?? []);
  const seen = new Set<string>();
  for (const { contract } of operations) {
    const keys = [contract.name];
    // Parameter names do not tell routes apart: /x/{a} and /x/{b} are one route.
    if (contract.rest) keys.push(`${contract.rest.method} ${contract.rest.path.replace(/\{\w+\}/g, '{}')}`);
    for (const key of keys) {
      if (seen.has(key)) throw new Error(`Two operations claim "${key}".`);
      seen.add(key);
    }
  }
  return operations;
}

/** Those that exist where this process runs. */
export function servedOperations(features: readonly Feature[]): Operation[] {
  const { environment } = config();
  const isDevelopment = environment === 'development' || environment === 'test';
  return collectOperations(features).filter(({ contract }) => isDevelopment || !contract.developmentOnly);
}
