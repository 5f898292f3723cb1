import { Pool } from 'undici';

/**
 * @typedef {object} Load what one client asks, again and again
 * @property {string} url
 * @property {string} path
 * @property {import('undici').Dispatcher.HttpMethod} [method]
 * @property {Record<string, string>} [headers]
 * @property {string} [body]
 * @property {() => { headers: Record<string, string>, body: string }} [next] of each request, where no two may be equal
 * @property {number} [status] of a good answer
 * @property {number} [connections]
 *
 * @typedef {{ median: number, min: number, max: number }} Spread
 *
 * @typedef {object} Figure a row of the report
 * @property {string} name
 * @property {string} unit
 * @property {string} [peer]
 * @property {Spread} [ratio] to the peer
 * @property {number[]} [samples]
 */

/**
 * Closed loop: `connections` requests always in flight against one route.
 * @param {Load & { seconds: number }} options
 * @returns {Promise<{rps: number, errors: number}>} whole requests a second; errors: answers with another status
 */
export async function closedLoop(options) {
  const { url, path, method = 'GET', headers = {}, body, status = 200, connections = 32, seconds } = options;
  const next = options.next ?? (() => ({ headers, body }));
  const pool = new Pool(url, { connections, pipelining: 1 });
  const until = performance.now() + seconds * 1000;
  let done = 0;
  let errors = 0;
  const loop = async () => {
    while (performance.now() < until) {
      const answer = await pool.request({ path, method, ...next() });
      await answer.body.dump();
      done += 1;
      if (answer.statusCode !== status) errors += 1;
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: connections }, loop));
  const rps = done / ((performance.now() - startedAt) / 1000);
  await pool.close();
  return { rps, errors };
}

/**
 * Interleaves the variants, order alternating, so that a neighbour's noise meets all of them, and
 * takes each round's ratio to the round's own peer.
 * @param {{ name: string, peer?: string, load: Load }[]} variants `peer`: the name of another one
 * @param {{ rounds?: number, seconds?: number, warmSeconds?: number, settle?: () => Promise<unknown> }} [options]
 *   `settle`: waits until the one before has left no work behind
 * @returns {Promise<(Figure & Spread)[]>}
 */
export async function pairedRounds(variants, { rounds = 7, seconds = 2, warmSeconds = 3, settle } = {}) {
  const samples = new Map(variants.map(({ name }) => [name, /** @type {number[]} */ ([])]));
  for (const { load } of variants) await closedLoop({ ...load, seconds: warmSeconds });
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 ? [...variants].reverse() : variants;
    for (const { name, load } of order) {
      await settle?.();
      const { rps, errors } = await closedLoop({ ...load, seconds });
      if (errors) throw new Error(`${name}: ${errors} answers had another status.`);
      samples.get(name)?.push(rps);
    }
  }
  return variants.map(({ name, peer }) => {
    const own = samples.get(name) ?? [];
    const compared = peer ? { peer, ratio: spread(ratios(own, samples.get(peer) ?? [])) } : {};
    return { name, unit: 'requests/s', ...spread(own), ...compared, samples: own };
  });
}

/**
 * Of the same rounds.
 * @param {number[]} own
 * @param {number[]} peer
 */
export function ratios(own, peer) {
  return own.map((value, round) => value / (peer[round] ?? NaN));
}

/**
 * Median, smallest and largest.
 * @param {number[]} values
 * @returns {Spread}
 */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (/** @type {number} */ index) => sorted[index] ?? NaN;
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
  return { median, min: at(0), max: at(sorted.length - 1) };
}
