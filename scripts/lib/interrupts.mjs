/**
 * @typedef {object} Interrupted
 * @property {(name: NodeJS.Signals) => void} onSignal a person, or a supervisor, asks for the end
 * @property {() => void} onOrphaned npm is gone: killed with -9 it tells nobody, and we would run on unseen
 */

/**
 * Listens for what ends a start. One listener at a time: the preparation, then the launcher, so
 * that nothing is missed on the way from one to the other.
 * @param {Interrupted} first
 */
export function listenForInterrupts(first) {
  let listener = first;
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(name, () => listener.onSignal(name));
  }
  if (process.env.npm_lifecycle_event) {
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && listener.onOrphaned(), 1000).unref();
  }
  return {
    /** @param {Interrupted} next */
    handTo(next) {
      listener = next;
    },
  };
}
