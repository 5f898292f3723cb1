import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { FEATURES } from '../../cloud/features';
import { CONFIG_VARIABLES } from '../../core/config.variables';
import { buildOpenApi } from '../../core/operation/openapi';
import { projectVersion } from '../../core/operation/openapi.version';
import { collectOperations } from '../../core/operation/registry';
import { envExample } from './env-example';
import { errorList } from './error-list';
import { withCatalogue } from './event-catalogue';
import { objectMatrix } from './object-matrix';
import { ownClassMatrix } from './own-class-matrix';
import { roleMatrix } from './role-matrix';

/** The committed files that are made from the code, by their path below the root. */
async function generatedFiles(root: string): Promise<Map<string, string>> {
  const operations = collectOperations(FEATURES);
  const eventTypes = FEATURES.flatMap((feature) => feature.eventTypes ?? []);
  // The documented addresses are the defaults; a server that has others serves its own document.
  const basePath = CONFIG_VARIABLES.BASE_PATH.default;
  const openapi = buildOpenApi(operations, {
    version: projectVersion(),
    basePath,
    parseMount: CONFIG_VARIABLES.PARSE_MOUNT.default,
    eventTypes,
  });
  const classes = FEATURES.flatMap((feature) => feature.classes ?? []);
  const matrices = [roleMatrix(operations, basePath), objectMatrix(classes), ownClassMatrix()].join('\n');
  const events = readFileSync(path.join(root, 'docs/events.md'), 'utf8');
  return new Map([
    ['.env.example', envExample()],
    ['docs/errors.md', await formatted(errorList(), path.join(root, 'docs/errors.md'))],
    ['docs/role-matrix.md', await formatted(matrices, path.join(root, 'docs/role-matrix.md'))],
    ['docs/events.md', await formatted(withCatalogue(events, eventTypes), path.join(root, 'docs/events.md'))],
    ['docs/openapi.json', await formatted(JSON.stringify(openapi), path.join(root, 'docs/openapi.json'))],
  ]);
}

/** Paths whose committed text is not what the code says. */
export async function staleFiles(root: string): Promise<string[]> {
  const stale: string[] = [];
  for (const [name, text] of await generatedFiles(root)) {
    const file = path.join(root, name);
    if (!existsSync(file) || readFileSync(file, 'utf8') !== text) stale.push(name);
  }
  return stale;
}

/** Writes what differs. @returns the paths written */
export async function writeGenerated(root: string): Promise<string[]> {
  const stale = await staleFiles(root);
  const files = await generatedFiles(root);
  for (const name of stale) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), files.get(name)!);
  }
  return stale;
}

interface Formatter {
  format(text: string, options: object): Promise<string>;
  resolveConfig(file: string): Promise<object | null>;
}

/** Named by a variable: it is a development package, and the build of an installation lacks its types. */
const FORMATTER: string = 'prettier';

async function formatted(text: string, filepath: string): Promise<string> {
  const prettier = (await import(FORMATTER)) as Formatter;
  return prettier.format(text, { ...(await prettier.resolveConfig(filepath)), filepath });
}
