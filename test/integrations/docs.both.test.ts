import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { testServer } from '../harness/app';

const PAGE = readFileSync(path.resolve(__dirname, '../../docs/integrations.md'), 'utf8');

test('the lines of docs/integrations.md show the status and try a service', async () => {
  const lines = /```sh\n([^]*?)```/.exec(PAGE)![1]!.replace('http://localhost:3000', testServer().url);
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', lines]);
  const [status, tried] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, any>);
  expect(Object.keys(status!['services'] as object).sort()).toEqual([
    'automator',
    'database',
    'notify',
    'parse',
    'queue',
    'redis',
    'webhooks',
  ]);
  expect(tried).toMatchObject({ service: 'parse', action: 'connect', success: true });
});
