// `npm run check`. Everything is run even when something fails, so that one run shows all.
import { requireNode } from './lib/check-node.mjs';

requireNode();
const fs = await import('node:fs');
const { prepare } = await import('./lib/prepare.mjs');
const { inRoot, root } = await import('./lib/project.mjs');
const { run } = await import('./lib/run.mjs');
const { exitWith, say } = await import('./lib/say.mjs');

const FOLDERS = ['values', 'core', 'cloud', 'server', 'jobs', 'dashboard', 'launcher', 'test', 'scripts'].filter(
  (name) => fs.existsSync(inRoot(name)),
);
const bin = (/** @type {string} */ file) => inRoot('node_modules', file);

/** @type {[name: string, args: string[]][]} */
const CHECKS = [
  ['format', [bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']],
  ['lint', [bin('eslint/bin/eslint.js'), '--max-warnings', '0', ...FOLDERS]],
  ['types', [bin('typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.json']],
  ['types of the scripts', [bin('typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.scripts.json']],
  ['circles of imports', [inRoot('scripts/circles.mjs')]],
  ['unused exports', [bin('knip/bin/knip.js'), '--include', 'exports,types', '--no-progress']],
];
if (fs.existsSync(inRoot('scripts/generate.mjs'))) {
  CHECKS.push(['generated files', [inRoot('scripts/generate.mjs'), '--check']]);
}

await main().catch(exitWith);

async function main() {
  // Lenient: the type errors are reported below, with all the rest.
  await prepare({ mode: 'full', lenient: true });
  let failed = 0;
  for (const [name, args] of CHECKS) {
    const began = Date.now();
    const { code, output } = await run(process.execPath, args, { cwd: root });
    const seconds = ((Date.now() - began) / 1000).toFixed(1);
    say(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
    if (code !== 0) say(output.trimEnd());
    failed += code === 0 ? 0 : 1;
  }
  process.exit(failed ? 1 : 0);
}
