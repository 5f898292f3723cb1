import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { ADMIN } from '../harness/app';
import { makeClass, startPair, type Pair } from './support/pair';

const PAGE = readFileSync(path.resolve(__dirname, '../../docs/parse-sync.md'), 'utf8');

let pair: Pair;
beforeAll(async () => {
  pair = await startPair();
  await makeClass(pair, 'Recipe');
  pair.startWorker();
}, 150_000);
afterAll(() => pair?.stop(), 60_000);

test('the lines of docs/parse-sync.md write an object, let the older state lose, and keep classes in step', async () => {
  const blocks = [...PAGE.matchAll(/```sh\n([^]*?)```/g)].map(([, block]) => block!);
  expect(blocks).toHaveLength(2);
  const lines = blocks
    .join('\n')
    .replace('http://localhost:3000', pair.ours.url)
    .replace('admin@example.com', ADMIN.email)
    .replace('<the printed password>', ADMIN.password);
  await pair.here('POST', '/classes/Recipe', { title: 'Soup' });
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', lines]);
  const [written, refused, read, status, results] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(written).toMatchObject({ success: true, created: true, objectId: 'fromShop01' });
  expect(refused.error.code).toBe('CONFLICT');
  expect(read.data).toMatchObject({ name: 'Ada' });
  // The customer was written there and comes here; the recipe goes there.
  expect(status).toMatchObject({ status: 'completed', counts: { pulled: 1, pushed: 1, conflicts: 0, failed: 0 } });
  expect(results).toMatchObject({ total: 0, results: [] });
  expect((await pair.here('GET', '/classes/Customer/fromShop01')).body).toMatchObject({ name: 'Ada' });
}, 180_000);
