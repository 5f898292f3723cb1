import fs from 'node:fs';
import path from 'node:path';

/** Like `mkdir -p`, which Node's own recursive mode runs for ever on in folders such as /proc. */
export function makeFolder(folder: string, mode = 0o777): void {
  if (fs.existsSync(folder)) return;
  makeFolder(path.dirname(folder), mode);
  fs.mkdirSync(folder, { mode });
}
