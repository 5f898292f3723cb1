type Hash = (text: string, cost: number) => Promise<string>;
let library: Promise<Hash> | undefined;

/**
 * By the library that Parse Server compares with: the native one where the platform has it.
 * @param cost log2 of the rounds
 */
export async function bcrypt(text: string, cost: number): Promise<string> {
  library ??= import('@node-rs/bcrypt').then(
    ({ hash }): Hash => hash,
    async () => (await import('bcryptjs')).hash,
  );
  return (await library)(text, cost);
}

/** Whether a hash costs less to guess at than one of this cost. */
export function isCheaper(known: string, cost: number): boolean {
  const own = /\$2[abxy]\$(\d\d)\$/.exec(known)?.[1];
  return own !== undefined && Number(own) < cost;
}
