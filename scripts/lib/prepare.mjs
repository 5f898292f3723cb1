import { build, isBuilt } from './build.mjs';
import { withDirLock } from './dir-lock.mjs';
import { install, isInstalled } from './install.mjs';
import { inRoot } from './project.mjs';
import { StartError } from './say.mjs';

/**
 * Installs packages and compiles, each only where something changed.
 * `mode`: 'production' leaves the development packages out, 'full' has them.
 */
export async function prepare({ mode, lenient = false }) {
  // The usual start has nothing to do, and must work in a project it may not write to.
  if (isInstalled(mode) && isBuilt()) return;
  try {
    await withDirLock(inRoot('dist/.prepare.lock'), 'preparing this project', async () => {
      await install(mode);
      await build({ lenient });
    });
  } catch (error) {
    if (error.code !== 'EACCES' && error.code !== 'EROFS') throw error;
    throw new StartError(
      `The project is not prepared, and ${error.path ?? inRoot()} is not writable for this user. ` +
        'Run npm ci and npm run build once as its owner.',
    );
  }
}
