import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');

/** Runs a script module in a plain Node, as `npm test` does; Jest's sandbox has no project paths. */
function inNode(code: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['--input-type=module', '-e', code], { cwd: root }, (error, stdout, stderr) =>
      error ? reject(new Error(stderr)) : resolve(stdout),
    );
  });
}

const jsonLine = (level: string, msg: string, more: object = {}): string =>
  JSON.stringify({ level, time: '2026-01-01T00:00:00Z', service: 'web', pid: 1, msg, ...more });

describe('what a failed lane shows of its servers', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'appbackend-scripts-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function shown(lines: string[]): Promise<string> {
    writeFileSync(path.join(folder, 'server1.log'), lines.join('\n'));
    return inNode(
      `import { collectErrors } from './test/harness/errors.mjs';
       process.stdout.write(collectErrors(${JSON.stringify(folder)}));`,
    );
  }

  test('the errors of the log, with their stack, the request and the file', async () => {
    const err = { message: 'deadlock', stack: 'Error: deadlock\n    at save (/app/store.js:1:1)' };
    const text = await shown([
      jsonLine('warn', 'Slow.'),
      jsonLine('error', 'An operation failed.', { request_id: 'r-1', err }),
    ]);
    expect(text).toContain('server1.log: 1 errors');
    expect(text).toContain('web error: An operation failed. {"request_id":"r-1"}');
    expect(text).toContain('    Error: deadlock\n        at save (/app/store.js:1:1)');
    expect(text).not.toContain('Slow.');
  });

  test('a crash of Node, but no banner', async () => {
    const text = await shown([
      'AppBackend is running at http://127.0.0.1:1',
      'node:internal/modules/cjs/loader:1',
      '  throw err;',
      'TypeError: cannot read',
      '    at boot (/app/main.js:1:1)',
    ]);
    expect(text.split('\n')).toEqual([
      'server1.log: 2 errors, the last 2:',
      '  node:internal/modules/cjs/loader:1',
      '    throw err;',
      '  TypeError: cannot read',
      '      at boot (/app/main.js:1:1)',
      '',
    ]);
  });

  test('the last forty, each cut', async () => {
    const text = await shown(Array.from({ length: 50 }, (_, n) => jsonLine('fatal', `no. ${n} ${'x'.repeat(900)}`)));
    const lines = text.trimEnd().split('\n');
    expect(lines).toHaveLength(41);
    expect(lines[1]).toContain('no. 10 ');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(610);
  });
});

test('a failed lane names its tests with the first lines of what they said', async () => {
  const result = {
    testResults: [
      {
        name: path.join(root, 'test/a.test.ts'),
        status: 'failed',
        message: '',
        assertionResults: [
          { status: 'passed', fullName: 'is fine', failureMessages: [] },
          {
            status: 'failed',
            fullName: 'adds up',
            failureMessages: ['\u001b[31mExpected: 1\u001b[39m\n\nReceived: 2'],
          },
        ],
      },
      {
        name: path.join(root, 'test/b.test.ts'),
        status: 'failed',
        message: 'Cannot find module',
        assertionResults: [],
      },
    ],
  };
  const text = await inNode(
    `import { describeFailures } from './test/harness/failures.mjs';
     process.stdout.write(describeFailures('mongo', ${JSON.stringify(result)}, 'server1.log: 1 errors'));`,
  );
  expect(text.split('\n')).toEqual([
    '-- Errors that its servers logged, wanted ones among them',
    'server1.log: 1 errors',
    '== Failed in lane mongo',
    'FAILED test/a.test.ts: adds up',
    '    Expected: 1',
    '    Received: 2',
    'FAILED test/b.test.ts: the file does not run',
    '    Cannot find module',
  ]);
});
