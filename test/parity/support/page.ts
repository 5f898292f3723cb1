import { readFileSync } from 'node:fs';
import path from 'node:path';

const PAGE = path.resolve(__dirname, '../../../docs/parse-differences.md');
const NOT_ASKED = '## Not in the suite';

export interface Difference {
  id: string;
  isAsked: boolean;
}

/** The rows of docs/parse-differences.md: the only differences that are allowed. */
export function listedDifferences(): Difference[] {
  const [asked = '', notAsked = ''] = readFileSync(PAGE, 'utf8').split(NOT_ASKED);
  const rowsOf = (text: string, isAsked: boolean): Difference[] =>
    [...text.matchAll(/^\| `([a-z0-9-]+)` *\|(.*)\|$/gm)].map(([, id = '', rest = '']) => {
      const cells = rest.split(/(?<!\\)\|/);
      if (cells.length !== 4 || cells.some((cell) => !cell.trim()))
        throw new Error(`docs/parse-differences.md, "${id}": four cells must follow the id.`);
      return { id, isAsked };
    });
  return [...rowsOf(asked, true), ...rowsOf(notAsked, false)];
}
