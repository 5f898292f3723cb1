import { config } from '../config';
import type { Feature } from '../feature';
import type { Operation } from './operation';

/** All operations of the features, in one order for routes and documents. @throws on duplicates, and on what no door can serve */
export function collectOperations(features: readonly Feature[]): Operation[] {
  const operations = features.flatMap((feature) => feature.operations ?? []);
  const seen = new Set<string>();
  for (const operation of operations) {
    const { contract } = operation;
    assertFits(operation);
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

/** What a contract says of its doors must be what they can do. */
function assertFits({ contract, verify }: Operation): void {
  const { name, rest, access, cloud, idempotency, cacheSeconds } = contract;
  const refuse = (text: string): never => {
    throw new Error(`Operation "${name}": ${text}`);
  };
  const isStream = rest?.answer === 'file' || rest?.answer === 'events';
  const isRaw = rest?.body === 'raw';
  const isSigned = access.kind === 'signed';
  if ((isStream || isRaw || isSigned) && cloud) refuse('raw bodies, signatures, files and events are REST only.');
  if (isRaw && (rest.method === 'GET' || rest.method === 'DELETE')) refuse(`a ${rest.method} has no body.`);
  if (isStream && (idempotency === 'key' || cacheSeconds)) refuse('a stream is neither kept nor repeated.');
  if (isSigned !== (verify !== undefined)) refuse('a signed operation has a verifier, and no other has one.');
  if (isSigned && (!isRaw || isStream)) refuse('what is signed is a raw body, and its answer is JSON.');
}
