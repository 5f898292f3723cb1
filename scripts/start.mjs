// `npm start`. Runs before any package is installed, so everything it loads at first is plain Node.
import { requireNode } from './lib/check-node.mjs';

requireNode();
const { launch } = await import('./lib/launcher.mjs');
await launch();
