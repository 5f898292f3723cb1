import { Pool } from 'undici';

/**
 * Closed loop: `connections` requests always in flight against one route.
 * @param status of a good answer
 * @returns {Promise<{rps: number, errors: number}>} whole requests a second; errors: answers with another status
 */
export async function closedLoop(options) {
  const { url, path, method = 'GET', headers = {}, body, status = 200, connections = 32, seconds } = options;
  const pool = new Pool(url, { connections, pipelining: 1 });
  const until = performance.now() + seconds * 1000;
  let done = 0;
  let errors = 0;
  const loop = async () => {
    while (performance.now() < until) {
      const answer = await pool.request({ path, method, headers, body });
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
 * @param variants [{name, peer?: name of its peer, load: options of closedLoop}]
 */
export async function pairedRounds(variants, { rounds = 7, seconds = 2, warmSeconds = 3 } = {}) {
  const samples = new Map(variants.map(({ name }) => [name, []]));
  for (const { load } of variants) await closedLoop({ ...load, seconds: warmSeconds });
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 ? [...variants].reverse() : variants;
    for (const { name, load } of order) {
      const { rps, errors } = await closedLoop({ ...load, seconds });
      if (errors) throw new Error(`${name}: ${errors} answers had another status.`);
      samples.get(name).push(rps);
    }
  }
  return variants.map(({ name, peer }) => {
    const own = samples.get(name);
    const ratios = peer ? own.map((value, index) => value / samples.get(peer)[index]) : undefined;
    return { name, unit: 'requests/s', ...spread(own), ...(peer ? { peer, ratio: spread(ratios) } : {}), samples: own };
  });
}

/** Median, smallest and largest. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted.at(-1) };
}
