/** TEST_DEPTH=full. */
export const isFullDepth = process.env.TEST_DEPTH === 'full';

/**
 * How often a kill or a random round is repeated: `few` times a commit, `full` times with
 * TEST_DEPTH=full, which belongs before each submission that touches what they guard.
 */
export function rounds(full: number, few = 3): number {
  return isFullDepth ? full : Math.min(few, full);
}
