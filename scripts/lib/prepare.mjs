import { build, isBuilt } from './build.mjs';
import { withDirLock } from './dir-lock.mjs';
import { install, isInstalled } from './install.mjs';
import { codeOf, inRoot } from './project.mjs';
import { StartError } from './say.mjs';

/**
 * Installs packages and compiles, each only where something changed.
 * `mode`: 'production' leaves the development packages out, 'full' has them.
 * @param {{ mode: import('./install.mjs').Mode, lenient?: boolean }} options
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
    if (!['EACCES', 'EROFS'].includes(codeOf(error) ?? '')) throw error;
    const { path = inRoot() } = /** @type {NodeJS.ErrnoException} */ (error);
    throw new StartError(
      `The project is not prepared, and ${path} is not writable for this user. ` +
        'Run npm ci and npm run build once as its owner.',
    );
  }
}
