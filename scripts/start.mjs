// `npm start`. Runs before any package is installed and anything is compiled, so all that it loads
// at first is plain Node; what it starts then is launcher/.
import { requireNode } from './lib/check-node.mjs';

requireNode();
const { listenForInterrupts } = await import('./lib/interrupts.mjs');
const { prepare } = await import('./lib/prepare.mjs');
const { loadDotEnv } = await import('./lib/project.mjs');
const { signalRunning } = await import('./lib/run.mjs');
const { exitWith, say } = await import('./lib/say.mjs');

const interrupts = listenForInterrupts({
  onSignal: () => end(130),
  onOrphaned() {
    say('npm is gone; ending.');
    end(0);
  },
});

try {
  loadDotEnv();
  await prepare({ mode: 'production' });
} catch (error) {
  exitWith(error);
}
const { launch } = await import('#launcher/main.mjs');
await launch(interrupts);

function end(/** @type {number} */ code) {
  signalRunning('SIGTERM'); // npm or tsc
  process.exit(code);
}
