export interface Random {
  /** A whole number from 0, smaller than `limit`. */
  below: (limit: number) => number;
  of: <T>(values: readonly T[]) => T;
}

/** The same numbers again for the same seed (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
  return { below, of: (values) => values[below(values.length)]! };
}
