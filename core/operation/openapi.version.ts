import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The project's version, from the nearest package.json above: the same for sources and for dist/. */
export function projectVersion(): string {
  for (let folder = __dirname; ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
    if (folder === path.dirname(folder)) return '0.0.0';
  }
}
