/** Runs all, one after the other, whatever becomes of the others. @throws the first failure, after the last one */
export async function allInTurn(steps: readonly (() => Promise<unknown>)[], signal?: AbortSignal): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) {
    if (signal?.aborted) break;
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length) throw failures[0];
}
