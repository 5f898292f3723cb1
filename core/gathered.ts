/** Rows of one statement, about. */
const MOST = 1000;

interface Asked<Item, Answer> {
  items: readonly Item[];
  done: (answers: readonly Answer[]) => void;
  failed: (error: unknown) => void;
}

/**
 * A function that writes what is asked for while the write before it runs in one statement: many callers at once cost
 * little more than one. Each is answered once its own items are written; one whose items cannot be fails alone.
 */
export function gathered<Item, Answer>(
  write: (items: readonly Item[]) => Promise<readonly Answer[]>,
): (items: readonly Item[]) => Promise<readonly Answer[]> {
  const waiting: Asked<Item, Answer>[] = [];
  let isWriting = false;

  const alone = ({ items, done, failed }: Asked<Item, Answer>): Promise<void> => write(items).then(done, failed);

  const together = async (batch: readonly Asked<Item, Answer>[]): Promise<void> => {
    try {
      const answers = await write(batch.flatMap(({ items }) => items));
      let start = 0;
      for (const { items, done } of batch) done(answers.slice(start, (start += items.length)));
    } catch {
      // Whose fault it was shows when each is written by itself; a repetition of what was written does no harm.
      await Promise.all(batch.map(alone));
    }
  };

  const work = async (): Promise<void> => {
    isWriting = true;
    while (waiting.length) {
      const batch = [waiting.shift()!];
      let count = batch[0]!.items.length;
      while (waiting.length && count + waiting[0]!.items.length <= MOST) {
        count += waiting[0]!.items.length;
        batch.push(waiting.shift()!);
      }
      await (batch.length === 1 ? alone(batch[0]!) : together(batch));
    }
    isWriting = false;
  };

  return (items) =>
    new Promise((done, failed) => {
      waiting.push({ items, done, failed });
      // Behind what is asked for in the same turn of the event loop.
      if (!isWriting) void Promise.resolve().then(() => (isWriting ? undefined : work()));
    });
}
