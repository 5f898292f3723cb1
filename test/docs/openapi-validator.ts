interface Node {
  [key: string]: any;
}

const METHODS = new Set(['get', 'put', 'post', 'delete', 'patch', 'head', 'options', 'trace']);
const COMPONENT_NAME = /^[a-zA-Z0-9._-]+$/;

/**
 * What an OpenAPI 3.1 document must be for a generator to use it; every fault with its place. Not
 * a full validation of the specification's own schema: the rules that a generated document can break.
 */
export function faultsOf(document: Node): string[] {
  const faults: string[] = [];
  if (!/^3\.1\.\d+$/.test(document.openapi)) faults.push('openapi: not 3.1');
  if (!document.info?.title || !document.info?.version) faults.push('info: title and version are required');
  for (const [kind, entries] of Object.entries<Node>(document.components ?? {})) {
    for (const name of Object.keys(entries))
      if (!COMPONENT_NAME.test(name)) faults.push(`components.${kind}.${name}: name`);
  }
  const seenIds = new Set<string>();
  const seenPaths = new Set<string>();
  for (const [path, item] of Object.entries<Node>(document.paths ?? {})) {
    if (!path.startsWith('/')) faults.push(`${path}: must start with /`);
    const shape = path.replace(/\{\w+\}/g, '{}');
    if (seenPaths.has(shape)) faults.push(`${path}: the same as another path`);
    seenPaths.add(shape);
    for (const [method, operation] of Object.entries<Node>(item)) {
      const place = `${method.toUpperCase()} ${path}`;
      if (!METHODS.has(method)) faults.push(`${place}: no such method`);
      if (seenIds.has(operation.operationId)) faults.push(`${place}: operationId is used twice`);
      seenIds.add(operation.operationId);
      faults.push(...operationFaults(document, path, operation).map((fault) => `${place}: ${fault}`));
    }
  }
  walk(document, '#', (node, place) => {
    if (typeof node.$ref === 'string' && resolve(document, node.$ref) === undefined)
      faults.push(`${place}: ${node.$ref}`);
  });
  return faults;
}

function operationFaults(document: Node, path: string, operation: Node): string[] {
  const faults: string[] = [];
  if (!operation.operationId) faults.push('operationId is missing');
  if (!operation.summary || !operation.tags?.length) faults.push('summary and tags are required');
  const statuses = Object.keys(operation.responses ?? {});
  if (!statuses.some((status) => /^2\d\d$/.test(status))) faults.push('no success response');
  for (const status of statuses) {
    if (!/^([1-5]\d\d|default)$/.test(status)) faults.push(`responses.${status}: no status`);
    if (!follow(document, operation.responses[status])?.description) faults.push(`responses.${status}: no description`);
  }
  const parameters = ((operation.parameters ?? []) as Node[]).map((entry) => follow(document, entry) ?? {});
  const inPath = parameters.filter((entry) => entry.in === 'path').map((entry) => entry.name);
  const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
  if (inPath.sort().join() !== named.sort().join()) faults.push(`path parameters ${inPath.join()} for ${named.join()}`);
  const keys = parameters.map((entry) => `${entry.in} ${entry.name}`);
  if (new Set(keys).size !== keys.length) faults.push('a parameter is declared twice');
  for (const entry of parameters) {
    if (entry.in === 'path' && entry.required !== true) faults.push(`${entry.name}: a path parameter must be required`);
    if (!entry.schema === !entry.content) faults.push(`${entry.name}: needs either schema or content`);
  }
  if (operation.requestBody && !Object.keys(operation.requestBody.content ?? {}).length) faults.push('an empty body');
  for (const alternative of operation.security ?? []) {
    for (const name of Object.keys(alternative)) {
      if (!document.components.securitySchemes[name]) faults.push(`security: ${name} is not declared`);
    }
  }
  return faults;
}

function follow(document: Node, node: Node | undefined): Node | undefined {
  return typeof node?.$ref === 'string' ? resolve(document, node.$ref) : node;
}

function resolve(document: Node, reference: string): Node | undefined {
  if (!reference.startsWith('#/')) return undefined;
  const steps = reference.slice(2).split('/');
  return steps.reduce<Node | undefined>((node, step) => node?.[step.replace(/~1/g, '/').replace(/~0/g, '~')], document);
}

function walk(value: unknown, place: string, visit: (node: Node, place: string) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) visit(value, place);
  for (const [key, inner] of Object.entries(value)) walk(inner, `${place}/${key}`, visit);
}
