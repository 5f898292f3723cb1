/** An expected failure of a start: its message is the one line the person sees. */
export class StartError extends Error {
  name = 'StartError';
}

// A closed terminal or pipe must not stop the orderly end of everything.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

export function say(text) {
  process.stdout.write(`${text}\n`);
}

/** Prints a line, then a tick every `everyMs` while the work runs: npm is silent for a minute. */
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

/** Ends the process: expected failures as one line, anything else with its stack. */
export function exitWith(error) {
  console.error(error instanceof StartError ? error.message : error);
  process.exit(1);
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The promise's value, or `undefined` when it takes longer; leaves no timer behind. */
export async function within(promise, limitMs) {
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, limitMs)));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
