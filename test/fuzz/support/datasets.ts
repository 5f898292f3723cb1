import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const FOLDER = process.env.DATASETS_DIR ?? path.resolve(__dirname, '../../../../shared/data');

/** `describe`, or a visible skip where the data set is not on this machine (DATASETS_DIR). */
export function describeWith(dataset: string): typeof describe {
  return existsSync(path.join(FOLDER, dataset)) ? describe : describe.skip;
}

export interface JsonCase {
  name: string;
  bytes: Buffer;
  /** `y` must be read, `n` must be refused, `i` may be either. */
  kind: 'y' | 'n' | 'i';
}

/** The parsing cases of JSONTestSuite. */
export function jsonCases(): JsonCase[] {
  const folder = path.join(FOLDER, 'json-parsing');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name, kind: name[0] as JsonCase['kind'], bytes: readFileSync(path.join(folder, name)) }));
}

/** The Big List of Naughty Strings, and a few of our own. */
export function naughtyStrings(): string[] {
  const file = path.join(FOLDER, 'naughty-strings.json');
  const listed = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as string[]) : [];
  return [...listed, '\0', 'a\0b', '\ud800', '\udfff', 'a\ud800b', '{"$ne":null}', '__proto__', 'x'.repeat(100_000)];
}
