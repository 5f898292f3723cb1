import fs from 'node:fs';
import path from 'node:path';
import { readIfThere } from '../../scripts/lib/project.mjs';

const ERRORS_SHOWN = 40;
const ENTRY_LIMIT = 600;
const SEVERE = new Set(['error', 'fatal']);
/** A crash of Node or of a library, which is no line of our log. */
const PLAIN = /^(Uncaught )?([A-Z]\w*)?(Error|Exception)\b|^node:|^FATAL/;

/**
 * What went wrong inside the servers under test: the last errors of every log in the run's folder,
 * each with its stack, cut to a length that a CI page still shows. The folder goes with the run.
 * @param {string} folder
 */
export function collectErrors(folder) {
  const files = fs.readdirSync(folder).filter((name) => name.endsWith('.log'));
  return files.map((name) => describe(name, errorsIn(readIfThere(path.join(folder, name)) ?? ''))).join('');
}

/**
 * @param {string} name
 * @param {string[]} errors
 */
function describe(name, errors) {
  if (errors.length === 0) return '';
  const shown = errors.slice(-ERRORS_SHOWN);
  return [`${name}: ${errors.length} errors, the last ${shown.length}:`, ...shown, ''].join('\n');
}

/**
 * One text an error, its stack below it.
 * @param {string} log
 */
function errorsIn(log) {
  /** @type {string[]} */
  const errors = [];
  let isOpen = false; // whether an indented line still belongs to the last error
  for (const line of log.split('\n').filter((text) => text.trim())) {
    const entry = parsed(line);
    const isError = entry ? SEVERE.has(entry.level) : PLAIN.test(line);
    if (isError) errors.push(entry ? rendered(entry) : `  ${line}`);
    else if (isOpen && /^\s/.test(line)) errors.push(`${errors.pop()}\n  ${line}`);
    isOpen = isError || (isOpen && /^\s/.test(line));
  }
  return errors.map((text) => (text.length > ENTRY_LIMIT ? `${text.slice(0, ENTRY_LIMIT)} …` : text));
}

/** @param {string} line */
function parsed(line) {
  try {
    const entry = JSON.parse(line);
    return typeof entry === 'object' ? entry : undefined;
  } catch {
    return undefined;
  }
}

/** @param {Record<string, any>} entry a line of the log */
function rendered({ time, level, service, msg, err, pid: _pid, name: _name, ...facts }) {
  const head = `  ${time} ${service} ${level}: ${msg} ${JSON.stringify(facts)}`;
  const stack = err?.stack ?? err?.message;
  return stack ? `${head}\n    ${stack.replaceAll('\n', '\n    ')}` : head;
}
