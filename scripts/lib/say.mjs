/** An expected failure of a start: its message is the one line the person sees. */
export class StartError extends Error {
  /** @override */
  name = 'StartError';
}

// A closed terminal or pipe must not stop the orderly end of everything.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

/** @param {string} text */
export function say(text) {
  process.stdout.write(`${text}\n`);
}

/**
 * Prints a line, then a tick every `everyMs` while the work runs: npm is silent for a minute.
 * @template T
 * @param {string} label
 * @param {() => Promise<T>} work
 */
export async function withTicks(label, work, everyMs = 10_000) {
  say(`${label} …`);
  const began = Date.now();
  const timer = setInterval(() => say(`  … ${Math.round((Date.now() - began) / 1000)} s`), everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/**
 * Ends the process: expected failures as one line, anything else with its stack.
 * @param {unknown} error
 * @returns {never}
 */
export function exitWith(error) {
  // By name: the launcher has a copy of this class of its own, below dist/.
  const isExpected = error instanceof Error && error.name === 'StartError';
  console.error(isExpected ? error.message : error);
  process.exit(1);
}

export const sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * The promise's value, or `undefined` when it takes longer; leaves no timer behind.
 * @template T
 * @param {Promise<T>} promise
 * @param {number} limitMs
 */
export async function within(promise, limitMs) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((/** @type {(value: undefined) => void} */ resolve) => {
    timer = setTimeout(() => resolve(undefined), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
