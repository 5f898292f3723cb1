import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inRoot, readIfThere, readJson, root } from '../../scripts/lib/project.mjs';
import { describeFailures } from './failures.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * Runs Jest once for a lane and counts; a suite or a run that crashed counts as one failure.
 * `report` names what failed, with the errors that the servers under test logged.
 * @param {string} lane
 * @param {{ env: Record<string, string>, args: string[] }} how
 * @returns {Promise<Counts & { report: string }>}
 */
export async function runLane(lane, { env, args }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'appbackend-lane-'));
  const outputFile = path.join(folder, 'result.json');
  const jest = [inRoot('node_modules/jest/bin/jest.js'), '--config', inRoot('jest.config.cjs')];
  jest.push('--json', `--outputFile=${outputFile}`, '--passWithNoTests', ...args);
  const errorsFile = path.join(folder, 'errors.txt');
  const forJest = { TEST_LANE: lane, TEST_ERRORS_FILE: errorsFile, NODE_OPTIONS: nodeOptions() };
  const code = await runJest(jest, { ...process.env, ...env, ...forJest });
  const result = readJson(outputFile);
  const counted = count(result, code);
  const report = counted.failed ? describeFailures(lane, result, readIfThere(errorsFile)) : '';
  fs.rmSync(folder, { recursive: true, force: true });
  return { ...counted, report };
}

/**
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} its exit code
 */
function runJest(args, env) {
  // Jest with --json prints the JSON only where there is no output file; its report goes to stderr.
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: 'inherit' });
  const names = /** @type {const} */ (['SIGINT', 'SIGTERM']);
  const forward = (/** @type {NodeJS.Signals} */ name) => child.kill(name);
  names.forEach((name) => process.on(name, forward));
  return new Promise((resolve) => {
    child.once('error', () => resolve(1));
    child.once('close', (code) => {
      names.forEach((name) => process.off(name, forward));
      resolve(code ?? 1);
    });
  });
}

/** Parse Server loads some modules with import(), which Jest's sandbox allows only with this flag. */
function nodeOptions() {
  const given = process.env.NODE_OPTIONS ?? '';
  return `${given} --experimental-vm-modules --disable-warning=ExperimentalWarning`.trim();
}

/**
 * @param {import('./failures.mjs').JestResult | undefined} result
 * @param {number} code
 */
function count(result, code) {
  if (!result) return { passed: 0, failed: 1, skipped: 0 };
  const passed = result.numPassedTests;
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  const skipped = result.numPendingTests + result.numTodoTests;
  return { passed, skipped, failed: code !== 0 && failed === 0 ? 1 : failed };
}
