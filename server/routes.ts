import FindMyWay from 'find-my-way';
import { config } from '../core/config';
import type { RestDoor } from '../core/operation/contract';
import type { Operation } from '../core/operation/operation';

export type Method = RestDoor['method'];
const METHODS: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

export interface Route {
  operation: Operation;
  /** As it is declared, below its prefix: the label of metrics and log. */
  pattern: string;
}

/** `allowed` where the path exists with other methods only. */
export type Found = { route: Route; params: Record<string, string | undefined> } | { allowed: readonly Method[] };

type Router = FindMyWay.Instance<FindMyWay.HTTPVersion.V1>;
const OPTIONS = { ignoreTrailingSlash: true, caseSensitive: false };

/**
 * The REST routes of the operations. A request for another part of the server, as most of /parse are, is told from
 * ours by one look-up of its path.
 */
export function createRoutes(operations: readonly Operation[]): (method: string, path: string) => Found | undefined {
  const [byMethod, byPath] = [FindMyWay(OPTIONS), FindMyWay(OPTIONS)];
  const shapes = new Set<string>();
  for (const operation of operations) {
    const { rest } = operation.contract;
    for (const pattern of rest ? patternsOf(rest.path) : []) {
      byMethod.on(rest!.method, pattern.replace(/\{(\w+)\}/g, ':$1'), () => undefined, {
        operation,
        pattern,
      } satisfies Route);
      // Two methods of one path may name its parts differently.
      const shape = numbered(pattern);
      if (shapes.has(shape)) continue;
      shapes.add(shape);
      byPath.on('GET', shape, () => undefined);
    }
  }
  return (given, path) => {
    if (!find(byPath, 'GET', path)) return undefined;
    const method = given === 'HEAD' ? 'GET' : given;
    const found = METHODS.includes(method as Method) ? find(byMethod, method as Method, path) : null;
    if (found) return { route: found.store as Route, params: found.params };
    return { allowed: METHODS.filter((candidate) => find(byMethod, candidate, path)) };
  };
}

/** `//health` stands at the root; everything else below the prefix, and below its version as an alias. */
function patternsOf(path: string): string[] {
  const { basePath, apiVersion } = config();
  if (path.startsWith('//')) return [path.slice(1)];
  return [`${basePath}${path}`, `${basePath}/${apiVersion}${path}`];
}

function numbered(pattern: string): string {
  let parts = 0;
  return pattern.replace(/\{\w+\}/g, () => `:p${parts++}`);
}

/** A path that cannot be decoded is no path of ours. */
function find(router: Router, method: Method, path: string): FindMyWay.FindResult<FindMyWay.HTTPVersion.V1> | null {
  try {
    return router.find(method, path);
  } catch {
    return null;
  }
}
