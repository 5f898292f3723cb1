// `npm run generate` writes the files that are made from the code; with --check it writes nothing
// and fails where one is not what the code says.
import { requireNode } from './lib/check-node.mjs';

requireNode();
const { prepare } = await import('./lib/prepare.mjs');
const { inRoot, root } = await import('./lib/project.mjs');
const { createRequire } = await import('node:module');

await prepare({ mode: 'full' });
// Parse Server makes a log folder as soon as it is loaded.
process.env.PARSE_SERVER_LOGS_FOLDER ??= 'null';
const { staleFiles, writeGenerated } = createRequire(import.meta.url)(
  inRoot('dist/scripts/generate/generated-files.js'),
);

if (process.argv.includes('--check')) {
  const stale = await staleFiles(root);
  if (stale.length) {
    console.error(`Stale: ${stale.join(', ')}. Run npm run generate and commit what it writes.`);
    process.exit(1);
  }
  console.log('The generated files are what the code says.');
} else {
  const written = await writeGenerated(root);
  console.log(written.length ? `Written: ${written.join(', ')}.` : 'Nothing changed.');
}
process.exit(0);
