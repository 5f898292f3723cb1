import fs from 'node:fs';
import os from 'node:os';
import { inRoot } from '../lib/project.mjs';

/** @typedef {import('./load.mjs').Spread} Spread */

/**
 * Writes docs/bench/<name>.json and gives the Markdown table of the same figures.
 * @param {string} name
 * @param {(import('./load.mjs').Figure & Spread)[]} rows
 */
export function writeReport(name, rows) {
  fs.mkdirSync(inRoot('docs/bench'), { recursive: true });
  const report = {
    measured_at: new Date().toISOString(),
    node: process.version,
    cores: os.cpus().length,
    load_average: os.loadavg(),
    rows,
  };
  fs.writeFileSync(inRoot('docs/bench', `${name}.json`), `${JSON.stringify(report, null, 2)}\n`);
  const lines = rows.map(
    (row) =>
      `| ${row.name} | ${figures(row)} ${row.unit} | ${row.ratio ? `${row.peer}: **${figures(row.ratio)}**` : ''} |`,
  );
  return ['| what | median [min–max] | × peer, median [min–max] |', '|---|---|---|', ...lines].join('\n');
}

const figures = (/** @type {Spread} */ { median, min, max }) => `${short(median)} [${short(min)}–${short(max)}]`;

/** @param {number} value */
function short(value) {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : Number(value.toPrecision(3)).toString();
}
