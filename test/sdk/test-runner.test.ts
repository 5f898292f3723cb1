import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { uniqueName } from '../factories/ids';
import { testServer } from '../harness/app';
import { freePort } from '../harness/free-port';

/**
 * parse-server-test-runner 1.0.0 is of the time of Parse Server 2; its three dated dependencies are
 * replaced by the stand-ins of tools/test-runner-compat. PostgreSQL only: the runner takes one
 * address, and the other suites cover MongoDB. In a process of its own, as a user's test would be.
 */
describe('parse-server-test-runner', () => {
  const name = uniqueName('runner_');
  const folder = mkdtempSync(path.join(os.tmpdir(), 'appbackend-runner-'));

  async function asOwner(sql: string): Promise<void> {
    const client = new Client({ connectionString: testServer().databaseUri });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  }

  beforeAll(() => asOwner(`create database ${name}`));
  afterAll(async () => {
    await asOwner(`drop database ${name} with (force)`);
    rmSync(folder, { recursive: true, force: true });
  });

  it('starts a server, saves, runs a function, empties the database and stops', async () => {
    const uri = Object.assign(new URL(testServer().databaseUri), { pathname: `/${name}` }).toString();
    const script = path.join(__dirname, 'runner-suite.cjs');
    const args = [script, uri, String(await freePort())];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder, timeout: 50_000 });
    expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toEqual({
      saved: 2,
      hello: 'hello Ada',
      left: 0,
      stopped: true,
    });
  });
});
