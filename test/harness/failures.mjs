import path from 'node:path';
import { root } from '../../scripts/lib/project.mjs';

const LINES_OF_A_FAILURE = 12;
const FAILURES_SHOWN = 30;
const COLOURS = /\u001b\[[0-9;]*m/g;

/**
 * What of Jest's own JSON is read here.
 * @typedef {object} JestResult
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numRuntimeErrorTestSuites
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {TestFile[]} testResults
 *
 * @typedef {object} TestFile
 * @property {string} name
 * @property {string} message
 * @property {string} status
 * @property {{ status: string, fullName: string, failureMessages: string[] }[]} assertionResults
 */

/**
 * What failed in a lane, for the end of `npm test`: what the servers under test logged as errors,
 * then, last, because a long log is often cut, each test with the first lines of its message.
 * @param {string} lane
 * @param {JestResult | undefined} result undefined when the run did not get that far
 * @param {string | undefined} serverErrors
 */
export function describeFailures(lane, result, serverErrors) {
  const failures = (result?.testResults ?? []).flatMap(failuresOf);
  const lines = [];
  if (serverErrors) lines.push('-- Errors that its servers logged, wanted ones among them', serverErrors.trimEnd());
  lines.push(`== Failed in lane ${lane}`, ...failures.slice(0, FAILURES_SHOWN));
  if (failures.length > FAILURES_SHOWN) lines.push(`… and ${failures.length - FAILURES_SHOWN} more.`);
  if (failures.length === 0) lines.push('The run itself failed; see its messages above.');
  return lines.join('\n');
}

/**
 * @param {TestFile} file
 * @returns {string[]}
 */
function failuresOf({ name, message, status, assertionResults }) {
  const file = path.relative(root, name);
  const failed = assertionResults.filter((test) => test.status === 'failed');
  if (failed.length === 0) return status === 'failed' ? [describe(file, 'the file does not run', message)] : [];
  return failed.map((test) => describe(file, test.fullName, test.failureMessages.join('\n')));
}

/**
 * @param {string} file
 * @param {string} title
 * @param {string} message
 */
function describe(file, title, message) {
  const lines = message
    .replace(COLOURS, '')
    .split('\n')
    .filter((line) => line.trim());
  return [`FAILED ${file}: ${title}`, ...lines.slice(0, LINES_OF_A_FAILURE).map((line) => `    ${line.trim()}`)].join(
    '\n',
  );
}
