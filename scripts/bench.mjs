// `npm run bench [-- http app import queue due events webhooks webhook-in]`: every figure beside its peer in one run. Raw output goes to docs/bench.
import { requireNode } from './lib/check-node.mjs';

requireNode();
const { prepare } = await import('./lib/prepare.mjs');
const { exitWith, say } = await import('./lib/say.mjs');

const SECTIONS = ['http', 'app', 'import', 'queue', 'due', 'events', 'webhooks', 'webhook-in'];

await main().catch(exitWith);

async function main() {
  const asked = process.argv.slice(2);
  const unknown = asked.filter((name) => !SECTIONS.includes(name));
  if (unknown.length) throw new Error(`bench knows ${SECTIONS.join(', ')}, not ${unknown.join(', ')}.`);
  await prepare({ mode: 'full' });
  const { withGround } = await import('./bench/ground.mjs');
  const { writeReport } = await import('./bench/report.mjs');
  for (const name of asked.length ? asked : SECTIONS) {
    say(`\n== ${name}`);
    const { run } = await import(`./bench/${name}.bench.mjs`);
    const rows = await withGround(run);
    say(writeReport(name, rows));
  }
  process.exit(0);
}
